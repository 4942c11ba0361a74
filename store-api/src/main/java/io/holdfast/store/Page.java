package io.holdfast.store;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A part of a range, in key order, as it was at one position of the history.
 *
 * <p>Each page is an exact cut of the whole store at its {@link #position}; the next page may be of
 * a later one. A page that ends before its range does names the {@link #rest}.
 */
public final class Page {
  private final List<KeyValue> entries;
  private final Position position;
  private final KeyRange rest;

  private Page(List<KeyValue> entries, Position position, KeyRange rest) {
    this.entries = List.copyOf(entries);
    this.position = Objects.requireNonNull(position, "position");
    this.rest = rest;
  }

  /** A page that reaches the end of its range. */
  public static Page last(List<KeyValue> entries, Position position) {
    return new Page(entries, position, null);
  }

  /** A page behind which {@code rest} may hold more entries. */
  public static Page truncated(List<KeyValue> entries, Position position, KeyRange rest) {
    return new Page(entries, position, Objects.requireNonNull(rest, "rest"));
  }

  /** The entries, in ascending key order. */
  public List<KeyValue> entries() {
    return entries;
  }

  /** Where in the history this page is an exact cut. */
  public Position position() {
    return position;
  }

  /** What is left to read of the range; empty when this page reaches its end. */
  public Optional<KeyRange> rest() {
    return Optional.ofNullable(rest);
  }

  @Override
  public String toString() {
    return entries.size() + " entries at " + position + (rest == null ? "" : ", rest " + rest);
  }
}
