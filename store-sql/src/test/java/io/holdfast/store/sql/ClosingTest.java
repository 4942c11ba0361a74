package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A store is closed soon, also when its server does not answer and never says so. */
@Timeout(120)
final class ClosingTest {
  private static final byte[] VALUE = {1};
  private static final String OURS = "holdfast-(close|wake-up|notify|watchdog|trim|read)\\b.*";

  /** Much less than the commit under way waits. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private static StoreException failure(Store store) {
    return assertThrows(StoreException.class, () -> store.put(Key.of("under way"), VALUE));
  }

  private static boolean isWriting(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getClassName().equals(LaneWriter.class.getName()));
  }

  private static boolean isRunning() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().matches(OURS));
  }

  @ParameterizedTest
  @EnumSource
  void h5closeWaitsForNoServerThatIsSilent(ServerKind server) {
    Database database = server.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port())) {
      Store store =
          Store.open(server.url(proxy.through(database)).withTimeout(Duration.ofSeconds(20)));
      Watch watch = store.watch(KeyRange.all(), store.status().head());
      store.put(Key.of("a"), VALUE);
      proxy.blackhole();
      Store hasty = store.within(Duration.ofMillis(300));
      assertThrows(StoreException.class, () -> hasty.get(Key.of("a")));
      watch.next(Duration.ofMillis(300));
      AtomicReference<StoreException> told = new AtomicReference<>();
      Thread writer = new Thread(() -> told.set(failure(store)));
      writer.start();
      Opened.await("a commit under way", () -> isWriting(writer));
      long began = System.nanoTime();
      store.close();
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(took.compareTo(SOON) < 0, () -> "close took " + took);
      assertThrows(StoreException.Closed.class, () -> store.get(Key.of("a")));
      assertThrows(StoreException.Closed.class, () -> store.put(Key.of("a"), VALUE));
      assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ZERO));
      Threads.join(writer);
      assertFalse(told.get() instanceof StoreException.Conflict, () -> told.get().toString());
      Opened.await("the end of all threads", Duration.ofMinutes(1), () -> !isRunning());
    }
  }
}
