package io.holdfast.campaign;

import java.util.Arrays;
import java.util.List;

/**
 * One operation of one client, as its log tells it.
 *
 * @param id process, client and number of the operation
 * @param invoked when it began, in nanoseconds of the machine's monotonic clock
 * @param completed when the answer was there; {@link Long#MAX_VALUE} when there never was one
 * @param reads what it relied on
 * @param writes number of each key that it wrote; the complement ({@code ~}) of each that it
 *     deleted
 * @param revision of the commit, or where the reads were proven; 0 unless it has a place
 * @param token beside the revision
 */
@SuppressWarnings("ArrayRecordComponent") // Millions are held; none is compared.
record Operation(
    long id,
    Kind kind,
    long invoked,
    long completed,
    List<Read> reads,
    int[] writes,
    Outcome outcome,
    long revision,
    long token) {
  private static final int NUMBER_BITS = 40;
  private static final int CLIENT_BITS = 8;

  /** So many clients of one process can be told apart. */
  static final int CLIENTS_MAX = 1 << CLIENT_BITS;

  /** An identity that no other operation has and that is not 0. */
  static long id(int process, int client, long number) {
    return (((long) process << CLIENT_BITS | client) << NUMBER_BITS) + number;
  }

  /** How people read an identity. */
  static String name(long id) {
    if (id == Value.DAMAGED) {
      return "nobody";
    }
    long client = id >>> NUMBER_BITS;
    return "p%d.c%d#%d"
        .formatted(
            client >>> CLIENT_BITS,
            client & ((1 << CLIENT_BITS) - 1),
            id & ((1L << NUMBER_BITS) - 1));
  }

  boolean isCommitted() {
    return outcome == Outcome.COMMITTED;
  }

  /**
   * Whether it changes the store when it is committed. Clients see to it that one that only deletes
   * has proven that the keys are there.
   */
  boolean isWriter() {
    return writes.length > 0;
  }

  /** Whether it wrote or deleted a key. */
  boolean isWriterOf(int key) {
    return Arrays.stream(writes).anyMatch(write -> write == key || write == ~key);
  }

  /**
   * Whether two operations of one process have nothing to do with each other: neither wrote what
   * the other one wrote or relied on, and no key had to be absent for both.
   */
  boolean isIndependentOf(Operation other) {
    return id >>> (NUMBER_BITS + CLIENT_BITS) == other.id >>> (NUMBER_BITS + CLIENT_BITS)
        && Arrays.stream(writes).noneMatch(key -> other.concerns(key < 0 ? ~key : key))
        && Arrays.stream(other.writes).noneMatch(key -> concerns(key < 0 ? ~key : key))
        && reads.stream().noneMatch(read -> read.isAbsentKey() && other.missed(read.from()));
  }

  private boolean missed(int key) {
    return reads.stream().anyMatch(read -> read.isAbsentKey() && read.from() == key);
  }

  private boolean concerns(int key) {
    return isWriterOf(key)
        || reads.stream().anyMatch(read -> read.from() <= key && key < read.to());
  }

  boolean isOnlyDeleting() {
    return isWriter() && Arrays.stream(writes).allMatch(write -> write < 0);
  }

  /** Whether it has a place in the order of the history. */
  boolean isPlaced() {
    return isCommitted() || revision > 0;
  }

  /** The same, whose outcome was open, found to be this commit. */
  Operation standing(Commit commit) {
    return new Operation(
        id, kind, invoked, completed, reads, writes, outcome, commit.revision(), commit.token());
  }

  private static String written(int write) {
    return write < 0 ? "delete " + Space.text(~write) : "put " + Space.text(write);
  }

  @Override
  public String toString() {
    String end = completed == Long.MAX_VALUE ? "never" : Long.toString(completed);
    String place = isPlaced() ? " at r%d#%x".formatted(revision, token) : "";
    return "%s %s %s%s [%d .. %s] reads %s writes %s"
        .formatted(
            name(id),
            kind,
            outcome,
            place,
            invoked,
            end,
            reads,
            Arrays.stream(writes).mapToObj(Operation::written).toList());
  }
}
