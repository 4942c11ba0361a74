package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where a command writes: results to stdout, everything else to stderr. Nothing else in this module
 * writes there. What the command line holds of passwords is never written. For several threads.
 */
final class Console implements AutoCloseable {
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;
  private final AtomicBoolean resultsLost = new AtomicBoolean();
  private volatile Redaction redaction = Redaction.of();

  /**
   * A console over two streams.
   *
   * @param terminal whether somebody watches {@code err}, so that lines may be written over
   */
  Console(OutputStream out, OutputStream err, boolean terminal) {
    this.out = new PrintWriter(new OutputStreamWriter(out, UTF_8), true);
    this.err = new PrintWriter(new OutputStreamWriter(err, UTF_8), true);
    this.terminal = terminal;
  }

  /** The console of this process; the launcher says in a property whether it is a terminal. */
  static Console ofProcess() {
    return new Console(
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        Boolean.getBoolean("holdfast.terminal"));
  }

  /** Keeps the passwords in these arguments out of everything that is written from now on. */
  void hide(String... arguments) {
    redaction = Redaction.of(arguments);
  }

  /**
   * Writes a result.
   *
   * @throws UncheckedIOException the first time that a result cannot be written
   */
  void print(String text) {
    answer(redaction.apply(text));
  }

  /** Writes an answer for a program: as it is, since records may look like passwords. */
  void answer(String text) {
    out.println(text);
    if (out.checkError() && !resultsLost.getAndSet(true)) {
      throw new UncheckedIOException(
          "cannot write to stdout: its reader has gone, or its disk is full; what was done up to"
              + " here stays done, but nobody was told",
          new IOException("stdout"));
    }
  }

  /** Tells how things go. */
  void note(String text) {
    err.println(redaction.apply(text));
  }

  /** Writes over the last line of a terminal. */
  void overwrite(String text) {
    err.print("\r" + redaction.apply(text));
    err.flush();
  }

  boolean isTerminal() {
    return terminal;
  }

  PrintWriter out() {
    return out;
  }

  PrintWriter err() {
    return err;
  }

  @Override
  public void close() {
    out.flush();
    err.flush();
  }
}
