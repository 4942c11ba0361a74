package io.holdfast.store.sql;

import java.security.SecureRandom;

/** Draws the random numbers that commits leave beside their revisions. */
final class Tokens {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Tokens() {}

  static long draw() {
    return RANDOM.nextLong();
  }
}
