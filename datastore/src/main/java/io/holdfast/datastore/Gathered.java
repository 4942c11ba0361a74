package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Strips;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What lists need of the items in a strip of an index, side by side: to look at each entry and item
 * for it are two fetches from far memory.
 *
 * <p>It is gathered when it is first asked for, and stays beside the strip. What is not asked for,
 * of items or of what there is to know of them, takes no memory or four bytes. Safe for use by many
 * threads: what several gather at once is alike.
 */
final class Gathered {
  private static final VarHandle RANK = MethodHandles.arrayElementVarHandle(long[].class);

  private final MessageLite[] messages;
  private long[] ranks; // null before the first is asked for, as below; 0: not gathered
  private int[] sketches; // their complements, since many have none

  private Gathered(int length) {
    messages = new MessageLite[length];
  }

  /** What is gathered already of the strip, or nothing. */
  static Gathered of(Strips<Item<?>> strips) {
    return strips.beside(Gathered.class, Gathered::new);
  }

  /** The message at a place; if it is not gathered yet, with those before an end. */
  MessageLite message(Strips<Item<?>> strips, int at, int end) {
    // Fences, since what a handle of the array gives would be cast: a fetch of the message itself.
    MessageLite message = messages[at];
    VarHandle.acquireFence();
    if (message != null) {
      return message;
    }
    // In one go, since fetches that do not wait for each other take a fraction of the time.
    for (int next = at; next < end; next++) {
      if (messages[next] == null) {
        MessageLite gathered = strips.entry(next).value().message();
        VarHandle.releaseFence();
        messages[next] = gathered;
      }
    }
    return messages[at];
  }

  /** {@link Item#rank} at a place; if it is not gathered yet, with those before an end. */
  long rank(Strips<Item<?>> strips, int at, int end) {
    long[] known = ranks;
    if (known == null) {
      known = new long[messages.length];
      ranks = known;
    }
    long rank = (long) RANK.getOpaque(known, at);
    if (rank != 0) {
      return rank;
    }
    for (int next = at; next < end; next++) {
      if ((long) RANK.getOpaque(known, next) == 0) {
        RANK.setOpaque(known, next, strips.entry(next).value().rank());
      }
    }
    return (long) RANK.getOpaque(known, at);
  }

  /** {@link Item#sketch} at a place; if it is not gathered yet, with those before an end. */
  int sketch(Strips<Item<?>> strips, int at, int end) {
    int[] known = sketches;
    if (known == null) {
      known = new int[messages.length];
      sketches = known;
    }
    int sketch = known[at];
    if (sketch != 0) {
      return ~sketch;
    }
    for (int next = at; next < end; next++) {
      if (known[next] == 0) {
        known[next] = ~strips.entry(next).value().sketch();
      }
    }
    return ~known[at];
  }
}
