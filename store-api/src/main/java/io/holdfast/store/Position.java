package io.holdfast.store;

import java.util.Objects;

/**
 * A proven place in the history of a store: a revision and the random token that its commit left.
 *
 * <p>Whoever resumes at a position presents both; a store that has another token at that revision
 * answers <em>diverged</em>. So a lost commit, a restored backup or another database is noticed by
 * everyone who followed past the fork.
 *
 * @param revision the revision of the commit
 * @param token 64 random bits, drawn anew for each commit; meaningless but for equality
 */
public record Position(Revision revision, long token) {
  /** Checks that a revision is given. */
  public Position {
    Objects.requireNonNull(revision, "revision");
  }

  /** A position from its two numbers. */
  public static Position of(long revision, long token) {
    return new Position(new Revision(revision), token);
  }

  /** Whether this position's revision is later than the other's; tokens are not compared. */
  public boolean isAfter(Position other) {
    return revision.isAfter(other.revision);
  }

  @Override
  public String toString() {
    return revision + "#" + Long.toHexString(token);
  }
}
