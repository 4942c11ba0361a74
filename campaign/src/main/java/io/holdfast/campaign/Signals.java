package io.holdfast.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Sends signals that Java has no call for. */
final class Signals {
  private Signals() {}

  /** Sends STOP or CONT; a process that is gone does not matter. */
  static void send(String signal, long pid) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
          .redirectErrorStream(true)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
