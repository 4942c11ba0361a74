package io.holdfast.cache;

import io.holdfast.store.KeyRange;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A file on this machine from which a mirror starts, and follows the store from where the file
 * stands, in place of reading everything. Immutable.
 *
 * <pre>{@code
 * Mirror.of(store, decoder).range(orders).warmStart(WarmStart.from(Path.of("orders.mirror")))
 * }</pre>
 *
 * <p>The mirror writes it in the background and when it is closed, whole and beside the old one,
 * and only its owner may read it; a folder that is missing is made. A file that is damaged, of
 * another store or of other ranges, too old, or of a history that is not the store's any more is
 * ignored, logged and shown in {@link MirrorState#ignoredFile}; the mirror then loads as if there
 * were none. Indexes come from the file as well where {@link Mirror.Builder#indexVersion} says
 * which they are, which makes the start several times as quick; else they are made anew. Nothing is
 * shown to readers before it has caught up with the store. Each mirror needs a file of its own.
 *
 * @param file where it is
 * @param every how long after one file the next is written, give or take a tenth
 * @param oldest the greatest age at which it is used
 * @param without ranges that are not written to disk, but read from the store at each start
 */
public record WarmStart(Path file, Duration every, Duration oldest, List<KeyRange> without) {
  /** Copies the ranges. */
  public WarmStart {
    Objects.requireNonNull(file, "file");
    if (every.isNegative() || every.isZero() || oldest.isNegative()) {
      throw new IllegalArgumentException("times are positive: " + every + ", " + oldest);
    }
    without = List.copyOf(without);
  }

  /** This file, written every 10 minutes, and used until it is a week old. */
  public static WarmStart from(Path file) {
    return new WarmStart(file, Duration.ofMinutes(10), Duration.ofDays(7), List.of());
  }

  /** The same, written at other intervals. */
  public WarmStart every(Duration interval) {
    return new WarmStart(file, interval, oldest, without);
  }

  /** The same, used up to another age. */
  public WarmStart oldest(Duration age) {
    return new WarmStart(file, every, age, without);
  }

  /** The same, but for one more range that is not to be on disk. */
  public WarmStart without(KeyRange range) {
    List<KeyRange> more = new ArrayList<>(without);
    more.add(range);
    return new WarmStart(file, every, oldest, more);
  }
}
