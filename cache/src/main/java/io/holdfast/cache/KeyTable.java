package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.function.Consumer;

/**
 * Finds the entry of a key at a hash table's price, for all snapshots of a mirror at once.
 *
 * <p>The table is not persistent: it holds the newest entries only, and is changed in place before
 * the snapshot with the change is shown. A snapshot can still be read through it, because an entry
 * tells which revision wrote it: one that is not newer than the snapshot is what the snapshot
 * holds, and where nothing is found and nothing was removed since, there is nothing. In all other
 * cases the answer is <em>unsure</em>, and the snapshot looks into its ordered tree. What is
 * changed without a commit (a repair, a reload) begins a generation, and snapshots of older ones
 * are unsure of everything.
 *
 * <p>Open addressing with linear probing; no more than half of the slots are in use, and no chain
 * is followed beyond {@link #PROBES_MAX}, so that keys chosen to have one hash cost a look into the
 * tree and no more. A slot that was used never becomes empty again before the table is rebuilt:
 * concurrent readers need no lock and never miss what stays. One thread writes at a time.
 *
 * @param <V> the entries' decoded values
 */
@SuppressWarnings("ReferenceEquality") // the markers are objects, not values
final class KeyTable<V> {
  private static final Entry<?> UNSURE = marker();

  private static final Entry<?> GONE = marker();
  private static final int PROBES_MAX = 64;
  private static final int SPREAD = 0x9E3779B9;
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Entry[].class);

  private volatile Entry<?>[] slots = new Entry<?>[16];
  private volatile int generation;

  /** The revision of the newest removal in this generation. */
  private volatile long removed;

  private final Stamps<V> stamps;
  private int size;
  private int used;
  private boolean overflown; // some entry found no slot

  /** With stamps, which are of the same generation. */
  KeyTable(Stamps<V> stamps) {
    this.stamps = stamps;
  }

  private static Entry<?> marker() {
    return new Entry<>(KeyValue.adopt(Layout.SMALLEST, new byte[0], 0, 0), "");
  }

  /** Whether an answer says that the table does not know. */
  static boolean isUnsure(Entry<?> answer) {
    return answer == UNSURE;
  }

  /** Which snapshots the table can answer for: those that began in this generation. */
  int generation() {
    return generation;
  }

  /** The entry of a key as of a revision; null if there is none; maybe {@link #isUnsure}. */
  Entry<?> find(Key key, long revision, int ofGeneration) {
    Entry<?>[] now = slots;
    int hash = key.hashCode();
    int at = place(hash, now.length);
    for (int probe = 0; probe < PROBES_MAX; probe++) {
      Entry<?> entry = (Entry<?>) SLOT.getAcquire(now, at);
      if (entry == null) {
        return removed <= revision && generation == ofGeneration ? null : UNSURE;
      }
      if (entry.hash() == hash && entry.key().equals(key) && entry != GONE) {
        boolean sure = entry.modifiedNumber() <= revision && generation == ofGeneration;
        return sure ? entry : UNSURE;
      }
      at = (at + 1) & (now.length - 1);
    }
    return UNSURE;
  }

  /** The upper bits of a product depend on all bits of the hash. */
  private static int place(int hash, int length) {
    return (hash * SPREAD) >>> Integer.numberOfLeadingZeros(length - 1);
  }

  /** The snapshots so far can no longer be told by revisions. */
  void newGeneration() {
    int next = generation + 1; // one thread writes
    generation = next;
    removed = 0;
    stamps.clear();
  }

  /** Stamps what a step changes, before its snapshot is shown. */
  void stamp(List<Change<V>> changes, int entries, long revision) {
    stamps.makeRoom(entries, revision);
    stamps.apply(changes, revision);
  }

  /** Whether nothing with these tags has changed after a revision in this generation. */
  boolean isUnchanged(int[] tags, long after, int ofGeneration) {
    // In this order: stamps that were cleared in between are those of another generation.
    return !stamps.mayHaveChanged(tags, after) && generation == ofGeneration;
  }

  /** Begins with these entries. */
  void fill(PersistentMap<Key, Entry<V>> entries) {
    rebuild(entries, 2L * entries.size());
  }

  /**
   * Makes the changes of a step, before its snapshot is shown.
   *
   * @param after the entries after the step
   * @param revision where the snapshot will stand
   */
  void apply(List<Edit<Key, Entry<V>>> edits, PersistentMap<Key, Entry<V>> after, long revision) {
    for (Edit<Key, Entry<V>> edit : edits) {
      if (edit.value() == null) {
        removed = revision;
        break;
      }
    }
    if (2L * (used + edits.size()) > slots.length) {
      rebuild(after, after.size() * 8L / 3);
      return;
    }
    for (Edit<Key, Entry<V>> edit : edits) {
      put(slots, edit.key(), edit.value() == null ? GONE : edit.value());
    }
  }

  /** Room is left for as much again, or a third more, so that not every step rebuilds. */
  private void rebuild(PersistentMap<Key, Entry<V>> entries, long slotsMin) {
    int length = Math.max(16, Integer.highestOneBit((int) Math.min(slotsMin, 1 << 29)) * 2);
    Entry<?>[] fresh = new Entry<?>[length];
    Cursor<Key, Entry<V>> all = entries.cursor(null, null);
    size = 0; // from here on nothing needs memory, so nothing is left half done
    used = 0;
    overflown = false;
    while (all.hasNext()) {
      add(fresh, all.next());
    }
    slots = fresh;
  }

  /** Puts an entry whose key is not there yet: who is in the way need not be looked at. */
  private void add(Entry<?>[] into, Entry<?> entry) {
    int at = place(entry.hash(), into.length);
    for (int probe = 0; probe < PROBES_MAX; probe++) {
      if (into[at] == null) {
        insert(into, at, entry);
        return;
      }
      at = (at + 1) & (into.length - 1);
    }
    overflown = true;
  }

  /** Puts an entry, or GONE, in the place of what is there for its key. */
  private void put(Entry<?>[] into, Key key, Entry<?> entry) {
    int free = -1;
    int hash = key.hashCode();
    int at = place(hash, into.length);
    for (int probe = 0; probe < PROBES_MAX; probe++) {
      Entry<?> present = into[at];
      if (present == null) {
        insert(into, free < 0 ? at : free, entry);
        return;
      }
      if (present == GONE) {
        free = free < 0 ? at : free;
      } else if (present.hash() == hash && present.key().equals(key)) {
        size -= entry == GONE ? 1 : 0;
        SLOT.setRelease(into, at, entry);
        return;
      }
      at = (at + 1) & (into.length - 1);
    }
    if (free >= 0) {
      insert(into, free, entry);
    } else {
      overflown |= entry != GONE;
    }
  }

  private void insert(Entry<?>[] into, int at, Entry<?> entry) {
    if (entry != GONE) {
      used += into[at] == null ? 1 : 0;
      size++;
      SLOT.setRelease(into, at, entry);
    }
  }

  /** Whether there are as many entries as there should be; for the thread that may write. */
  boolean has(int entries) {
    return overflown || size == entries;
  }

  /** Hands over all entries, in no particular order. */
  void forEach(Consumer<Entry<?>> action) {
    for (Entry<?> entry : slots) {
      if (entry != null && entry != GONE) {
        action.accept(entry);
      }
    }
  }

  /** Makes one key right, or wrong in tests, outside of any commit. */
  void set(Key key, Entry<V> entry, PersistentMap<Key, Entry<V>> entries) {
    newGeneration();
    if (2L * (used + 1) > slots.length) {
      rebuild(entries, entries.size() * 8L / 3);
    }
    put(slots, key, entry == null ? GONE : entry);
  }
}
