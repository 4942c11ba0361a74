package io.holdfast.cache;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;

/**
 * When something with a tag was last changed, for all snapshots of a mirror at once.
 *
 * <p>A tag is a number that says what an entry belongs to, such as the hash of an index value. Each
 * has a slot with the revision of the newest change; several tags may share one, so that now and
 * then something counts as changed that was not, and never the other way. A change is stamped
 * before the snapshot with it is shown. One thread writes at a time.
 */
final class Stamps<V> {
  private static final int SLOTS_MIN = 1 << 10;
  private static final int SLOTS_MAX = 1 << 20;
  private static final int SPREAD = 0x9E3779B9;

  private final Function<? super Entry<V>, int[]> tags; // null: entries have none
  private volatile AtomicLongArray revisions = new AtomicLongArray(SLOTS_MIN);

  /** The newest of them. */
  private volatile long newest;

  Stamps(Function<? super Entry<V>, int[]> tags) {
    this.tags = tags;
  }

  /** Stamps what a step changes, before its snapshot is shown. */
  void apply(List<Change<V>> changes, long revision) {
    if (tags == null) {
      return;
    }
    for (Change<V> change : changes) {
      change.before().ifPresent(entry -> stamp(entry, revision));
      change.after().ifPresent(entry -> stamp(entry, revision));
    }
    newest = changes.isEmpty() ? newest : revision; // one thread writes
  }

  private void stamp(Entry<V> entry, long revision) {
    AtomicLongArray slots = revisions;
    try {
      for (int tag : tags.apply(entry)) {
        slots.setRelease(slotOf(tag, slots), revision);
      }
    } catch (RuntimeException e) {
      // An entry from a file that is refused by now: it may have had any tag.
      for (int slot = 0; slot < slots.length(); slot++) {
        slots.setRelease(slot, revision);
      }
    }
  }

  private static int slotOf(int tag, AtomicLongArray slots) {
    return (tag * SPREAD) >>> Integer.numberOfLeadingZeros(slots.length() - 1);
  }

  /** Makes room for more entries; then everything counts as changed by that step. */
  void makeRoom(int entries, long revision) {
    int slots = revisions.length();
    if (tags != null && slots < SLOTS_MAX && slots < entries) {
      int wanted = Integer.highestOneBit(Math.min(entries, SLOTS_MAX - 1)) * 2;
      AtomicLongArray more = new AtomicLongArray(Math.max(wanted, SLOTS_MIN));
      for (int slot = 0; slot < more.length(); slot++) {
        more.setPlain(slot, revision);
      }
      newest = revision;
      revisions = more;
    }
  }

  /** Forgets everything: revisions no longer tell what has changed. */
  void clear() {
    revisions = new AtomicLongArray(revisions.length());
    newest = 0;
  }

  /** Whether anything with one of the tags may have changed after a revision. */
  boolean mayHaveChanged(int[] ofTags, long after) {
    if (tags == null) {
      return true;
    }
    if (newest <= after) {
      return false;
    }
    AtomicLongArray slots = revisions;
    for (int tag : ofTags) {
      if (slots.getAcquire(slotOf(tag, slots)) > after) {
        return true;
      }
    }
    return false;
  }
}
