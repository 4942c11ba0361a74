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
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Texts under ("word", n), mirrored with an index of their first letters. */
final class Words {
  static final Duration LONG = Duration.ofSeconds(20);
  static final KeyRange ALL = KeyRange.under(Key.of("word"));
  static final String INITIAL = "initial";

  private Words() {}

  static Mirror.Builder<String> mirror(Store store) {
    return Mirror.of(store, Words::text)
        .range(ALL)
        .index(new Index<>(INITIAL, e -> List.of(Key.of(e.value().substring(0, 1)))))
        .verifyEvery(Duration.ZERO);
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
