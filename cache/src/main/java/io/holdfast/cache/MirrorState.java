package io.holdfast.cache;

import io.holdfast.store.Position;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/** How a mirror is doing, at one moment. Immutable. */
public final class MirrorState {
  /** What a mirror is about. */
  public enum Phase {
    /** Nothing can be read yet: the first load runs. */
    LOADING,
    /** Follows the store commit by commit. */
    LIVE,
    /** Follows the store, but is farther behind than its {@link LagBound} allows. */
    BEHIND,
    /** Serves what it last knew; the store does not answer, or the mirror is being loaded anew. */
    STALE,
    /** Ended. */
    CLOSED
  }

  private final Phase phase;
  private final Instant since;
  private final String why;
  private final Position position;
  private final long timeline;
  private final long divergences;
  private final long drifts;
  private final Lag lag;
  private final FileUse file;

  /**
   * What became of the file of a {@link WarmStart}.
   *
   * @param used whether the mirror began with it
   * @param ignored why not, or why not its indexes; null if there was none, or all was used
   */
  record FileUse(boolean used, String ignored) {
    static final FileUse NONE = new FileUse(false, null);
  }

  MirrorState(
      Phase phase,
      Instant since,
      String why,
      Position position,
      long timeline,
      long divergences,
      long drifts,
      Lag lag,
      FileUse file) {
    this.phase = Objects.requireNonNull(phase, "phase");
    this.since = Objects.requireNonNull(since, "since");
    this.why = Objects.requireNonNull(why, "why");
    this.position = position;
    this.timeline = timeline;
    this.divergences = divergences;
    this.drifts = drifts;
    this.lag = Objects.requireNonNull(lag, "lag");
    this.file = Objects.requireNonNull(file, "file");
  }

  /** What the mirror is about. */
  public Phase phase() {
    return phase;
  }

  /** When it entered this phase. */
  public Instant since() {
    return since;
  }

  /** Why it is in this phase, for people; empty when all is well. */
  public String why() {
    return why;
  }

  /** The position of the newest snapshot; empty before the first, and when the mirror has ended. */
  public Optional<Position> position() {
    return Optional.ofNullable(position);
  }

  /**
   * Which load the snapshots stem from: 0 before the first, then 1, and one more after each reload.
   * Snapshots of one timeline never go back. When it changes, that promise starts anew, and
   * positions that were obtained before may mean nothing any more.
   */
  public long timeline() {
    return timeline;
  }

  /** How often the mirror was loaded anew beside the old state. */
  public long reloads() {
    return Math.max(0, timeline - 1);
  }

  /** How often the store's history was found not to be the one that the mirror had followed. */
  public long divergences() {
    return divergences;
  }

  /** How many differences between mirror and store were found. */
  public long drifts() {
    return drifts;
  }

  /** How far the newest snapshot may be behind the store. */
  public Lag lag() {
    return lag;
  }

  /** Whether the first load began with the file of a {@link WarmStart}. */
  public boolean startedFromFile() {
    return file.used;
  }

  /**
   * Why the file of a {@link WarmStart} was ignored, or, if the mirror {@link #startedFromFile},
   * why the index keys in it were; empty if there was none, or all was as it should be.
   */
  public Optional<String> ignoredFile() {
    return Optional.ofNullable(file.ignored);
  }

  /** The state in one line for people. */
  @Override
  public String toString() {
    return phase
        + (why.isEmpty() ? "" : " (" + why + ")")
        + " since "
        + since
        + ", "
        + (position == null ? "nothing to read" : "at " + position)
        + ", timeline "
        + timeline
        + ", "
        + divergences
        + " divergences, "
        + drifts
        + " drifts, at most "
        + lag.time().toMillis()
        + " ms behind";
  }
}
