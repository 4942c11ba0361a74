package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** A page that a server of another history has given is neither an alarm nor adopted. */
final class PageOfAnotherHistoryTest {
  @Test
  void pageOfAnotherHistoryIsNotBelievedWhereTheMirrorPassedOver() {
    TestBackend backend = TestBackend.create();
    List<Drift> drifts = new CopyOnWriteArrayList<>();
    try (Store own = backend.store();
        Mirror<String> mirror = Words.mirror(own).onDrift(drifts::add).open()) {
      own.put(key(0), bytes("w0"));
      mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      try (Store successor = backend.fork()) {
        backend.holdWatch();
        successor.put(key(0), bytes("foreign"));
        Page foreign = successor.get(ALL);
        own.put(Key.of("other"), bytes("x"));
        Position last = own.put(Key.of("other"), bytes("y"));
        backend.lie =
            page -> {
              backend.lie = same -> same;
              backend.watchesHeld = false;
              mirror.snapshot(Freshness.atLeast(last), LONG);
              return foreign;
            };
        assertTrue(mirror.verifyNow(LONG).isClean());
        assertEquals(List.of("w0"), values(mirror.snapshot().range(ALL)));
        assertEquals(List.of(), drifts);
      }
    }
  }
}
