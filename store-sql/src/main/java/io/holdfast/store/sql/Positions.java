package io.holdfast.store.sql;

import io.holdfast.store.Position;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Positions that merged requests rely on, each once, in the order in which they were met. Mostly
 * there is one: who comes back from one write has seen the same last commit.
 */
final class Positions {
  private final Map<Position, Integer> places = new LinkedHashMap<>();

  /** Where the position stands, counted from 1. */
  int place(Position position) {
    Integer next = places.size() + 1;
    Integer known = places.putIfAbsent(position, next);
    return known == null ? next : known;
  }

  /** All of them, in order. */
  Stream<Position> all() {
    return places.keySet().stream();
  }
}
