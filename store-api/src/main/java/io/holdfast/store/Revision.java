package io.holdfast.store;

/**
 * A place in the one order of commits of a store: a number that only grows.
 *
 * <p>Numbers alone prove nothing: a failover or a restore can give a number out again. Where it
 * matters which history a revision belongs to, use a {@link Position}.
 *
 * @param number 0 for an empty history, above that dense or with gaps as the store likes
 */
public record Revision(long number) implements Comparable<Revision> {
  /** The revision of a store in which nothing was ever written. */
  public static final Revision ZERO = new Revision(0);

  /** Checks that the number is not negative. */
  public Revision {
    if (number < 0) {
      throw new IllegalArgumentException("a revision is not negative: " + number);
    }
  }

  /** Whether this revision comes later than {@code other}. */
  public boolean isAfter(Revision other) {
    return number > other.number;
  }

  @Override
  public int compareTo(Revision other) {
    return Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return "r" + number;
  }
}
