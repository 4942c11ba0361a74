package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What an operation found, or relied on, in the keys from {@code from} to before {@code to}.
 *
 * @param sort how it came to know
 * @param from number of the first key
 * @param to number behind the last key, of the same space
 * @param count how many keys there were
 * @param found four numbers for each key that was there, in key order: the key, its writer (0: not
 *     known), the revision that created it (0: not known), the revision that last wrote it; empty
 *     for a count
 */
@SuppressWarnings("ArrayRecordComponent") // Millions are held; none is compared.
record Read(Sort sort, int from, int to, int count, long[] found) {
  private static final int WIDTH = 4;

  /** How an operation came to know. */
  enum Sort {
    /** Read from the store during the operation. */
    READ,
    /** Counted in the store during the operation. */
    COUNT,
    /** Known from before, and expected to hold at the commit. */
    EXPECTED
  }

  static Read absent(Sort sort, int from, int to) {
    return new Read(sort, from, to, 0, new long[0]);
  }

  static Read one(Sort sort, int key, long writer, long created, long modified) {
    return new Read(sort, key, key + 1, 1, new long[] {key, writer, created, modified});
  }

  static Read counted(int from, int to, long count) {
    return new Read(Sort.COUNT, from, to, (int) count, new long[0]);
  }

  /** The reads of one range put together of reads of one key. */
  static Read range(int from, int to, List<Read> entries) {
    long[] found = entries.stream().flatMapToLong(read -> Arrays.stream(read.found)).toArray();
    return new Read(Sort.READ, from, to, entries.size(), found);
  }

  /** Whether it is about one key that was not there. */
  boolean isAbsentKey() {
    return to == from + 1 && count == 0;
  }

  int entries() {
    return found.length / WIDTH;
  }

  int key(int entry) {
    return (int) found[entry * WIDTH];
  }

  long writer(int entry) {
    return found[entry * WIDTH + 1];
  }

  long created(int entry) {
    return found[entry * WIDTH + 2];
  }

  long modified(int entry) {
    return found[entry * WIDTH + 3];
  }

  @Override
  public String toString() {
    String where = Space.text(from) + (to == from + 1 ? "" : ".." + Space.text(to - 1));
    String how = sort == Sort.EXPECTED ? " expected " : " had ";
    if (entries() == 0) {
      return where + how + (count == 0 ? "nothing" : count + " keys");
    }
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < entries(); i++) {
      seen.add(
          "%s by %s r%d/r%d"
              .formatted(Space.text(key(i)), Operation.name(writer(i)), created(i), modified(i)));
    }
    return where + how + String.join(", ", seen);
  }
}
