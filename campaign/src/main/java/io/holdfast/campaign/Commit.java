package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One commit, or a sign of progress, as a watch delivered it.
 *
 * @param previous revision of the batch before
 * @param previousToken beside it
 * @param revision its own
 * @param token beside it
 * @param events three numbers for each event, in key order: the key, its writer (0: deleted), the
 *     revision that created it (0: deleted)
 */
@SuppressWarnings("ArrayRecordComponent") // Millions are held; none is compared.
record Commit(long previous, long previousToken, long revision, long token, long[] events) {
  private static final int WIDTH = 3;

  int size() {
    return events.length / WIDTH;
  }

  int key(int event) {
    return (int) events[event * WIDTH];
  }

  long writer(int event) {
    return events[event * WIDTH + 1];
  }

  long created(int event) {
    return events[event * WIDTH + 2];
  }

  /** The part of the events that lies in a space. */
  long[] in(Space space) {
    long[] part = new long[events.length];
    int length = 0;
    for (int i = 0; i < size(); i++) {
      if (Space.of(key(i)) == space) {
        System.arraycopy(events, i * WIDTH, part, length, WIDTH);
        length += WIDTH;
      }
    }
    return Arrays.copyOf(part, length);
  }

  /** What is left of it without the keys that these operations wrote. */
  Commit without(List<Operation> operations) {
    long[] part = new long[events.length];
    int length = 0;
    for (int i = 0; i < size(); i++) {
      int key = key(i);
      if (operations.stream().noneMatch(operation -> operation.isWriterOf(key))) {
        System.arraycopy(events, i * WIDTH, part, length, WIDTH);
        length += WIDTH;
      }
    }
    return new Commit(previous, previousToken, revision, token, Arrays.copyOf(part, length));
  }

  /** Whether each event of the other is one of this. */
  boolean hasEventsOf(Commit other) {
    for (int i = 0; i < other.size(); i++) {
      boolean has = false;
      for (int j = 0; j < size() && !has; j++) {
        has =
            other.key(i) == key(j)
                && other.writer(i) == writer(j)
                && other.created(i) == created(j);
      }
      if (!has) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < size(); i++) {
      String who = writer(i) == 0 ? " deleted" : " by " + Operation.name(writer(i));
      shown.add(Space.text(key(i)) + who);
    }
    return "r%d#%x (after r%d#%x): %s".formatted(revision, token, previous, previousToken, shown);
  }
}
