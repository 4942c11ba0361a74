package io.holdfast.migrate;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Progress for logs: a line every few seconds, none for work that is shorter. */
final class ProgressLines implements Progress {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final Console console;
  private final String task;
  private final long total;
  private final LongSupplier nanoTime;
  private long nextLine;
  private long done;

  ProgressLines(Console console, String task, long total, LongSupplier nanoTime) {
    this.console = console;
    this.task = task;
    this.total = total;
    this.nanoTime = nanoTime;
    this.nextLine = nanoTime.getAsLong() + INTERVAL.toNanos();
  }

  @Override
  public void step() {
    done++;
    long now = nanoTime.getAsLong();
    if (now - nextLine >= 0) {
      nextLine = now + INTERVAL.toNanos();
      console.note("%s: %,d of %,d".formatted(task, done, total));
    }
  }

  @Override
  public void close() {
    // The last line may say less than the report that follows.
  }
}
