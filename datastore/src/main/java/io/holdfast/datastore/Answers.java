package io.holdfast.datastore;

import io.holdfast.cache.Snapshot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The answers of a {@link Memo} by id, each one object: an answer that is known costs as many
 * fetches from memory as a value in a hash map, though it tells for what it counts.
 *
 * <p>Open addressing with linear probing; at most three of eight slots are in use, since a wrong
 * slot costs a fetch of its answer. Nothing is removed but all at once, and readers need no lock.
 * Ids chosen to have one hash displace each other: an answer may be forgotten.
 */
final class Answers<R> {
  private static final int SLOTS_MIN = 16;
  private static final int CHAIN_MAX = 32;
  private static final int SPREAD = 0x9E3779B9;
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Answer[].class);

  private volatile Answer<?>[] slots = new Answer<?>[SLOTS_MIN];
  private int used;

  /** A value, and what it was computed from. */
  static final class Answer<R> {
    final R value;
    private final String id;
    private final int hash;
    private final int[] tags;

    /** The newest moment for which it is known to be right, or an older one if threads race. */
    private volatile Snapshot.Moment at;

    Answer(String id, R value, int[] tags, Snapshot.Moment at) {
      this.id = id;
      this.hash = id.hashCode();
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
    Answer<?>[] now = slots;
    int hash = id.hashCode();
    int at = place(hash, now.length);
    for (int chain = 0; chain < CHAIN_MAX; chain++) {
      Answer<?> answer = (Answer<?>) SLOT.getAcquire(now, at);
      if (answer == null || (answer.hash == hash && answer.id.equals(id))) {
        return (Answer<R>) answer;
      }
      at = (at + 1) & (now.length - 1);
    }
    return null;
  }

  /** The upper bits of a product depend on all bits of the hash. */
  private static int place(int hash, int length) {
    return (hash * SPREAD) >>> Integer.numberOfLeadingZeros(length - 1);
  }

  /** Puts an answer in the place of the one for its id. */
  synchronized void put(Answer<R> answer) {
    if (8L * (used + 1) > 3L * slots.length) {
      Answer<?>[] more = new Answer<?>[2 * slots.length];
      used = 0;
      for (Answer<?> present : slots) {
        if (present != null) {
          put(more, present);
        }
      }
      slots = more;
    }
    put(slots, answer);
  }

  private void put(Answer<?>[] into, Answer<?> answer) {
    int first = place(answer.hash, into.length);
    for (int chain = 0; chain < CHAIN_MAX; chain++) {
      int at = (first + chain) & (into.length - 1);
      Answer<?> present = into[at];
      if (present == null || (present.hash == answer.hash && present.id.equals(answer.id))) {
        used += present == null ? 1 : 0;
        SLOT.setRelease(into, at, answer);
        return;
      }
    }
    SLOT.setRelease(into, first, answer);
  }

  /** How many there are. */
  synchronized int size() {
    return used;
  }

  synchronized void clear() {
    slots = new Answer<?>[SLOTS_MIN];
    used = 0;
  }
}
