package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import java.time.Duration;

/** How long this store waits between attempts. */
final class Pauses {
  private Pauses() {}

  /** For a lock that others hold for the time of a disk flush. */
  static Backoff forLock() {
    return Backoff.between(Duration.ofNanos(100_000), Duration.ofMillis(2));
  }

  /** For a database that does not answer. */
  static Backoff forTrouble() {
    return Backoff.between(Duration.ofMillis(5), Duration.ofMillis(500));
  }
}
