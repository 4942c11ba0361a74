package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Texts under ("word", n), mirrored with an index of their first letters. */
final class Words {
  /** For what must come; longer than any machine that has much else to do holds a thread up. */
  static final Duration LONG = Duration.ofSeconds(60);

  static final KeyRange ALL = KeyRange.under(Key.of("word"));
  static final String INITIAL = "initial";

  private Words() {}

  static Mirror.Builder<String> mirror(Store store) {
    return Mirror.of(store, Words::text)
        .range(ALL)
        .index(new Index<>(INITIAL, e -> List.of(Key.of(e.value().substring(0, 1)))))
        .verifyEvery(Duration.ZERO)
        .maxWait(LONG);
  }

  static Key key(long number) {
    return Key.of("word", number);
  }

  static String text(KeyValue stored) {
    return StandardCharsets.UTF_8.decode(stored.valueBuffer()).toString();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static List<String> values(Iterable<Entry<String>> entries) {
    List<String> values = new ArrayList<>();
    entries.forEach(entry -> values.add(entry.value()));
    return values;
  }

  /** Whether a thread has joined those who want the store's head, and waits for it. */
  static boolean waitsForTheHead(Thread thread) {
    boolean asks =
        Arrays.stream(thread.getStackTrace())
            .anyMatch(call -> call.getClassName().equals(HeadQuery.class.getName()));
    Thread.State state = thread.getState();
    return asks && (state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING);
  }

  /** The names of the threads of mirrors that live. */
  static List<String> mirrorThreads(String sort) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("holdfast-mirror" + sort))
        .toList();
  }

  /** Looks again and again until the condition holds; fails when it takes too long. */
  static void await(String what, BooleanSupplier condition) {
    await(what, LONG, condition);
  }

  static void await(String what, Duration patience, BooleanSupplier condition) {
    Deadline deadline = Deadline.after(patience);
    while (!condition.getAsBoolean()) {
      assertTrue(!deadline.hasPassed(), what);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }
}
