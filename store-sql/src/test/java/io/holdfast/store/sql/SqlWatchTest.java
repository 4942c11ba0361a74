package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Watch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Watches in trouble. */
@Timeout(120)
final class SqlWatchTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("a.db");
  }

  @Test
  void w8troubleIsRetriedShowsInTheStateAndLosesNothing() throws Exception {
    try (Opened opened = Opened.at(file())) {
      Store store = opened.store();
      try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        assertEquals(Watch.State.FOLLOWING, watch.state());
        Position one = store.put(Key.of("one"), new byte[1]);
        Opened.execute(file(), "ALTER TABLE holdfast_changes RENAME TO away");
        assertEquals(Optional.empty(), watch.next(Duration.ofMillis(100)));
        assertEquals(Watch.State.RETRYING, watch.state());
        Opened.execute(file(), "ALTER TABLE away RENAME TO holdfast_changes");
        Position two = store.put(Key.of("two"), new byte[1]);
        assertEquals(one, watch.next(SOON).orElseThrow().position());
        assertEquals(two, watch.next(SOON).orElseThrow().position());
        assertEquals(Watch.State.FOLLOWING, watch.state());
      }
    }
  }

  @Test
  void w6aBackupPutBackUnderARunningWatchIsDiverged() throws Exception {
    Path backup = folder.resolve("backup.db");
    try (Opened opened = Opened.at(file())) {
      Store store = opened.store();
      store.put(Key.of("kept"), new byte[1]);
      Opened.execute(file(), "backup to " + backup);
      Position lost = store.put(Key.of("lost"), new byte[1]);
      try (Watch watch = store.watch(KeyRange.all(), lost)) {
        assertEquals(Optional.empty(), watch.next(Duration.ZERO));
        Opened.execute(file(), "restore from " + backup);
        assertThrows(StoreException.Diverged.class, () -> watch.next(SOON));
        assertEquals(Watch.State.ENDED, watch.state());
      }
    }
  }

  @Test
  void w6aRevisionGivenOutAgainIsDiverged() throws Exception {
    Path backup = folder.resolve("backup.db");
    try (Opened opened = Opened.at(file())) {
      Store store = opened.store();
      store.put(Key.of("kept"), new byte[1]);
      Opened.execute(file(), "backup to " + backup);
      Position lost = store.put(Key.of("lost"), new byte[1]);
      Opened.execute(file(), "restore from " + backup);
      try (Opened other = Opened.at(file())) {
        Position again = other.store().put(Key.of("again"), new byte[1]);
        assertEquals(lost.revision(), again.revision());
        other.store().put(Key.of("more"), new byte[1]);
      }
      try (Watch watch = store.watch(KeyRange.all(), lost)) {
        assertThrows(StoreException.Diverged.class, () -> watch.next(SOON));
      }
      // The writer's own last commit is gone, and it notices without having read anything.
      assertThrows(StoreException.Diverged.class, () -> store.put(Key.of("blind"), new byte[1]));
    }
  }

  @Test
  void h6aFileThatIsReplacedWhileOpenIsNoticedByAll() throws Exception {
    Path other = folder.resolve("other.db");
    Opened.at(other).close();
    try (Opened opened = Opened.at(file())) {
      Store store = opened.store();
      Position position = store.put(Key.of("a"), new byte[1]);
      try (Watch watch = store.watch(KeyRange.all(), position)) {
        assertEquals(Optional.empty(), watch.next(Duration.ZERO));
        Files.move(other, file(), StandardCopyOption.REPLACE_EXISTING);
        assertThrows(StoreException.Diverged.class, () -> watch.next(SOON));
      }
      StoreException.Unusable refused =
          assertThrows(StoreException.Unusable.class, () -> store.put(Key.of("b"), new byte[1]));
      assertEquals(Reason.NOT_FOUND, refused.reason());
      assertThrows(StoreException.Unusable.class, () -> store.get(Key.of("a")));
    }
  }

  @Test
  void h5closingTheStoreWakesWhoWaitsAndLeavesOtherHandlesAlone() throws Exception {
    try (Opened other = Opened.at(file())) {
      Opened opened = Opened.at(file());
      Watch watch = opened.store().watch(KeyRange.all(), opened.store().status().head());
      CompletableFuture<Throwable> waiting =
          CompletableFuture.supplyAsync(() -> watch.next(Duration.ofMinutes(1)))
              .handle((batch, e) -> e.getCause());
      opened.store().put(Key.of("x"), new byte[1]);
      opened.close();
      Throwable end = waiting.handle((e, batch) -> e).get(20, TimeUnit.SECONDS);
      assertTrue(end == null || end instanceof StoreException.Closed, "" + end);
      assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ZERO));
      assertThrows(StoreException.Closed.class, () -> opened.store().status());
      assertEquals(1, other.store().count(KeyRange.all()));
    }
  }

  @Test
  void h5noThreadIsLeftBehind() {
    Opened opened = Opened.at(file());
    Store store = opened.store();
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      assertEquals(Optional.empty(), watch.next(Duration.ofMillis(30)));
      store.put(Key.of("x"), new byte[1]);
      assertTrue(watch.next(SOON).isPresent());
      assertTrue(ourThreads() > 0, "the threads are there while the store is open");
    }
    opened.close();
    opened.close();
    Opened.await("the threads to end", () -> ourThreads() == 0);
  }

  private static long ourThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("holdfast"))
        .count();
  }
}
