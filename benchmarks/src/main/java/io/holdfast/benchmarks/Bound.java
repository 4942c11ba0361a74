package io.holdfast.benchmarks;

import java.util.Locale;

/**
 * What is asked of a figure.
 *
 * @param kind whether the limit is the least or the most, or nothing is asked
 * @param limit in the figure's unit, or a ratio when it has a peer
 */
record Bound(Kind kind, double limit) {
  enum Kind {
    AT_LEAST,
    AT_MOST,
    NONE
  }

  static Bound atLeast(double limit) {
    return new Bound(Kind.AT_LEAST, limit);
  }

  static Bound atMost(double limit) {
    return new Bound(Kind.AT_MOST, limit);
  }

  /** Nothing is asked: the figure is for orientation. */
  static Bound none() {
    return new Bound(Kind.NONE, 0);
  }

  /** How a value stands to the limit, for people: "reached", or by how much it is missed. */
  String verdict(double value) {
    boolean reached =
        switch (kind) {
          case AT_LEAST -> value >= limit;
          case AT_MOST -> value <= limit;
          case NONE -> true;
        };
    if (kind == Kind.NONE) {
      return "";
    }
    if (reached) {
      return "reached";
    }
    String side = kind == Kind.AT_LEAST ? "below" : "above";
    return limit == 0
        ? "**missed**"
        : String.format(
            Locale.ROOT, "**missed**: %.0f %% %s", 100 * Math.abs(value / limit - 1), side);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case AT_LEAST -> "≥ " + Numbers.text(limit);
      case AT_MOST -> "≤ " + Numbers.text(limit);
      case NONE -> "";
    };
  }
}
