package io.holdfast.datastore;

import io.holdfast.cache.Snapshot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The answers of a {@link Memo} by id. An id and its answer stand side by side, so that they are
 * fetched from memory at once and not one behind the other, and an answer that is known costs about
 * as much as a value in a hash map, though it tells for what it counts.
 *
 * <p>Open addressing with linear probing; at most three of eight slots are in use, since a wrong
 * slot costs a fetch of its id. Nothing is removed but all at once, a slot never gets another id,
 * and readers need no lock. Of ids chosen to have one hash, those that come last find no place.
 */
final class Answers<R> {
  private static final int SLOTS_MIN = 16;
  private static final int CHAIN_MAX = 32;
  private static final int SPREAD = 0x9E3779B9;
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);

  /** Each slot is an id and its answer, which is there before the id is. */
  private volatile Object[] slots = new Object[2 * SLOTS_MIN];

  private int used;

  /** A value, and what it was computed from. */
  static final class Answer<R> {
    final R value;
    private final int[] tags;

    /** The newest moment for which it is known to be right, or an older one if threads race. */
    private volatile Snapshot.Moment at;

    Answer(R value, int[] tags, Snapshot.Moment at) {
      this.value = value;
      this.tags = tags;
      this.at = at;
    }

    boolean isRightFor(Snapshot<?> snapshot) {
      Snapshot.Moment known = at;
      if (known == snapshot.moment()) {
        return true;
      }
      if (!snapshot.isUnchangedSince(known, tags)) {
        return false;
      }
      at = snapshot.moment();
      return true;
    }
  }

  /** The answer for an id, or null. */
  @SuppressWarnings("unchecked") // only such are put in
  Answer<R> get(String id) {
    Object[] now = slots;
    int hash = id.hashCode();
    int slot = first(hash, now);
    for (int chain = 0; chain < CHAIN_MAX; chain++) {
      String present = (String) SLOT.getAcquire(now, slot);
      if (present == null) {
        return null; // once seen so: by now it may be another's
      }
      if (is(present, id, hash)) {
        return (Answer<R>) SLOT.getAcquire(now, slot + 1);
      }
      slot = next(slot, now);
    }
    return null;
  }

  /** The upper bits of a product depend on all bits of the hash. */
  private static int first(int hash, Object[] slots) {
    return 2 * ((hash * SPREAD) >>> Integer.numberOfLeadingZeros(slots.length / 2 - 1));
  }

  private static int next(int slot, Object[] slots) {
    return (slot + 2) & (slots.length - 1);
  }

  private static boolean is(String present, String id, int hash) {
    return present.hashCode() == hash && present.equals(id);
  }

  /** Puts an answer in the place of the one for its id, if there is a place. */
  synchronized void put(String id, Answer<R> answer) {
    if (8L * (used + 1) > 3L * (slots.length / 2)) {
      grow();
    }
    put(slots, id, answer);
  }

  private void grow() {
    Object[] more = new Object[2 * slots.length];
    used = 0;
    for (int slot = 0; slot < slots.length; slot += 2) {
      if (slots[slot] != null) {
        put(more, (String) slots[slot], slots[slot + 1]);
      }
    }
    slots = more;
  }

  private void put(Object[] into, String id, Object answer) {
    int slot = first(id.hashCode(), into);
    for (int chain = 0; chain < CHAIN_MAX; chain++) {
      boolean isFree = into[slot] == null;
      if (isFree || is((String) into[slot], id, id.hashCode())) {
        SLOT.setRelease(into, slot + 1, answer);
        SLOT.setRelease(into, slot, id);
        used += isFree ? 1 : 0;
        return;
      }
      slot = next(slot, into);
    }
  }

  /** How many there are. */
  synchronized int size() {
    return used;
  }

  synchronized void clear() {
    slots = new Object[2 * SLOTS_MIN];
    used = 0;
  }
}
