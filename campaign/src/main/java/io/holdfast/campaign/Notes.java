package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What a process has to tell in words, a line each; a line with a mark in front is a violation. */
final class Notes implements AutoCloseable {
  private static final String MARK = "! ";
  private static final int LINES_MAX = 2000;

  private final PrintStream out;
  private final AtomicInteger lines = new AtomicInteger();

  Notes(Path file) {
    try {
      out = new PrintStream(new FileOutputStream(file.toFile()), true, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Something to know when a run is looked at; the first of them are kept. */
  void tell(String text) {
    if (lines.incrementAndGet() <= LINES_MAX) {
      write(text);
    }
  }

  /** Something that must not happen. */
  void accuse(String text) {
    write(MARK + text);
  }

  private synchronized void write(String text) {
    out.println("%d %s".formatted(System.nanoTime(), text.replace('\n', ' ')));
  }

  /** What a process has accused the store of. */
  static List<String> accusations(Path file) {
    try (var all = Files.lines(file)) {
      return all.filter(line -> line.contains(" " + MARK)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    out.close();
  }
}
