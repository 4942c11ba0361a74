package io.holdfast.store;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time for a backend that decides by it how long to keep something at least: this machine's
 * clock, except that a clock which is set ahead is not followed. Then the time goes on as it passes
 * in this process. A clock that is set back is followed: what is kept is kept longer.
 *
 * <p>Not for stamps that others read: a process that was suspended with its machine has counted too
 * little time.
 *
 * <p>May be used by any number of threads.
 */
public final class PatientClock implements InstantSource {
  private final InstantSource wall;
  private final LongSupplier nanos;
  private final Instant begun;
  private final long begunNanos;

  /** The time of this machine, which is taken to be right now. */
  public PatientClock() {
    this(InstantSource.system(), System::nanoTime);
  }

  PatientClock(InstantSource wall, LongSupplier nanos) {
    this.wall = wall;
    this.nanos = nanos;
    this.begun = wall.instant();
    this.begunNanos = nanos.getAsLong();
  }

  @Override
  public Instant instant() {
    Instant passed = begun.plusNanos(nanos.getAsLong() - begunNanos);
    Instant shown = wall.instant();
    return shown.isBefore(passed) ? shown : passed;
  }
}
