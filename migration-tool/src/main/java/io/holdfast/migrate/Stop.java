package io.holdfast.migrate;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Lets a command that runs until it is told to end, by Ctrl-C or SIGTERM, end in good order. */
final class Stop implements AutoCloseable {
  private static final Duration LONGEST_END = Duration.ofSeconds(30);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "holdfast-stop");

  /** Listens to the signals of this process, until it is closed. */
  static Stop onSignal() {
    Stop stop = new Stop();
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  private void end() {
    ask();
    try {
      if (!ended.await(LONGEST_END.toMillis(), TimeUnit.MILLISECONDS)) {
        return; // Whoever waits for the end of the process has waited long enough.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells the command to end. */
  void ask() {
    asked.countDown();
  }

  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /** Ends what the command is doing, if it was told to end. */
  void check() {
    if (isAsked()) {
      throw new Asked();
    }
  }

  /** Waits, but no longer than until it is told to end; whether it is. */
  boolean await(Duration time) {
    try {
      return asked.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public void close() {
    ended.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // The process is ending, and waits for this.
    }
  }

  /** The command was told to end. */
  static final class Asked extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Asked() {
      super("told to end");
    }
  }
}
