package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** What was done when, printed and kept, and how often each fault struck. */
final class Schedule implements AutoCloseable {
  private final long begun = System.nanoTime();
  private final PrintStream console;
  private final PrintStream file;
  private final Map<String, Integer> counts = new TreeMap<>();

  /** Begins a schedule; times are those from now on. */
  Schedule(Path file, PrintStream console) {
    try {
      this.file = new PrintStream(Files.newOutputStream(file), true, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.console = console;
    say("begins; the processes' clock is at " + begun);
  }

  synchronized void count(String fault) {
    counts.merge(fault, 1, Integer::sum);
  }

  synchronized Map<String, Integer> counts() {
    return new TreeMap<>(counts);
  }

  synchronized void say(String what) {
    String line = "%9.3f s  %s".formatted((System.nanoTime() - begun) / 1e9, what);
    console.println(line);
    file.println(line);
  }

  @Override
  public void close() {
    file.close();
  }
}
