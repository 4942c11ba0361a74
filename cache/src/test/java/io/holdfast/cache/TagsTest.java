package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A snapshot tells whether something has changed since another one. Words are tagged by length. */
final class TagsTest {
  private static final int[] THREE = {3};
  private static final int[] FIVE = {5};

  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Mirror<String> mirror() {
    Mirror<String> mirror =
        Mirror.of(store, Words::text)
            .range(ALL)
            .tags(entry -> new int[] {entry.value().length()})
            .verifyEvery(Duration.ZERO)
            .open();
    mirror.awaitReady(LONG);
    return mirror;
  }

  private Snapshot<String> put(Mirror<String> mirror, int number, String word) {
    Position position = store.put(key(number), bytes(word));
    return mirror.snapshot(Freshness.atLeast(position), LONG);
  }

  @Test
  void onlyWhatChangedCounts() {
    try (Mirror<String> mirror = mirror()) {
      Snapshot<String> one = put(mirror, 1, "one");
      Snapshot<String> three = put(mirror, 2, "three");
      assertTrue(three.isUnchangedSince(one.moment(), THREE));
      assertFalse(three.isUnchangedSince(one.moment(), FIVE));
      assertFalse(three.isUnchangedSince(one.moment(), new int[] {3, 4, 5}));
      assertTrue(three.isUnchangedSince(three.moment(), FIVE));
      assertFalse(one.isUnchangedSince(three.moment(), THREE), "that was later");
    }
  }

  @Test
  void aChangeCountsForWhatWasAndForWhatIs() {
    try (Mirror<String> mirror = mirror()) {
      Snapshot<String> before = put(mirror, 1, "one");
      Snapshot<String> after = put(mirror, 1, "three");
      assertFalse(after.isUnchangedSince(before.moment(), THREE));
      assertFalse(after.isUnchangedSince(before.moment(), FIVE));
      assertTrue(after.isUnchangedSince(before.moment(), new int[] {4}));
      Position deleted = store.delete(key(1));
      Snapshot<String> without = mirror.snapshot(Freshness.atLeast(deleted), LONG);
      assertFalse(without.isUnchangedSince(after.moment(), FIVE));
      assertTrue(without.isUnchangedSince(after.moment(), THREE));
    }
  }

  @Test
  void whatIsForgottenWhileTheMirrorGrowsCountsAsChanged() {
    try (Mirror<String> mirror = mirror()) {
      Snapshot<String> begin = put(mirror, 1, "one");
      Snapshot<String> now = begin;
      for (int i = 0; i < 5000; i++) {
        now = put(mirror, i, "three");
      }
      assertFalse(now.isUnchangedSince(begin.moment(), FIVE));
      Snapshot<String> last = put(mirror, 1, "three");
      assertTrue(last.isUnchangedSince(now.moment(), THREE));
    }
  }

  @Test
  void nothingIsToldAcrossMirrorsReloadsAndRepairs() {
    try (Mirror<String> mirror = mirror();
        Mirror<String> other = mirror()) {
      Snapshot<String> before = put(mirror, 1, "one");
      Snapshot<String> others = other.snapshot(Freshness.atLeast(before.position()), LONG);
      assertFalse(others.isUnchangedSince(before.moment(), FIVE));
      mirror.corrupt(now -> Corruption.withoutItem(now, key(1)));
      mirror.verifyNow(LONG);
      assertFalse(mirror.snapshot().isUnchangedSince(before.moment(), FIVE));
      Snapshot<String> repaired = mirror.snapshot();
      backend.exchangeFor(MirrorReloadTest.databaseWith("new", 1));
      Words.await("anew", () -> mirror.state().timeline() == 2);
      assertFalse(mirror.snapshot().isUnchangedSince(repaired.moment(), FIVE));
    }
  }

  @Test
  void withoutTagsNothingCanBeTold() {
    try (Mirror<String> mirror = Mirror.of(store, Words::text).range(ALL).open()) {
      Snapshot<String> one = put(mirror, 1, "one");
      Snapshot<String> three = put(mirror, 2, "three");
      assertFalse(three.isUnchangedSince(one.moment(), THREE));
    }
  }
}
