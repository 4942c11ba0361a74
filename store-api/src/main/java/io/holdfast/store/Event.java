package io.holdfast.store;

import java.util.Objects;
import java.util.Optional;

/**
 * What one commit did to one key: gave it a value, or deleted it.
 *
 * <p>A commit has at most one event for a key: its net effect.
 */
public final class Event {
  private final Key key;
  private final KeyValue now;

  private Event(Key key, KeyValue now) {
    this.key = key;
    this.now = now;
  }

  /** The key was written. */
  public static Event put(KeyValue now) {
    return new Event(now.key(), now);
  }

  /** The key was deleted. */
  public static Event delete(Key key) {
    return new Event(Objects.requireNonNull(key, "key"), null);
  }

  /** The key this event is about. */
  public Key key() {
    return key;
  }

  /** What the key holds after the commit; empty when the commit deleted it. */
  public Optional<KeyValue> now() {
    return Optional.ofNullable(now);
  }

  /** Whether the commit deleted the key. */
  public boolean isDelete() {
    return now == null;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Event other && key.equals(other.key) && Objects.equals(now, other.now);
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, now);
  }

  @Override
  public String toString() {
    return isDelete() ? "delete " + key : "put " + now;
  }
}
