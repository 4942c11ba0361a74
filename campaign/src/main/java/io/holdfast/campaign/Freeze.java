package io.holdfast.campaign;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * A process that is stopped by a signal and goes on when this is closed, or when this JVM ends,
 * even by kill -9: a small shell waits for the end of its input, which comes in all these cases.
 */
final class Freeze implements AutoCloseable {
  private static final String SHELL =
      """
      trap '' INT TERM
      kill -STOP "$1"
      echo stopped
      read -r nothing
      kill -CONT "$1"
      """;

  private final Process shell;

  private Freeze(Process shell) {
    this.shell = shell;
  }

  /** Freezes a process; one that is gone does not matter. */
  static Freeze of(long pid) {
    try {
      Process shell =
          new ProcessBuilder("sh", "-c", SHELL, "sh", Long.toString(pid))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8))
          .readLine();
      return new Freeze(shell);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets the process go on; returns when it does. */
  @Override
  public void close() {
    try {
      shell.getOutputStream().close();
      shell.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
