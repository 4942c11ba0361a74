package io.holdfast.conformance;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Proves a whole store after a test, through a handle of its own: what a watch from the test's
 * beginning delivers rebuilds exactly what a scan finds, revisions only grow, pages and count
 * agree, acknowledged commits are there, and no watch outlived its handle.
 */
final class Audit {
  private final Fixture fixture;
  private final NavigableMap<Key, KeyValue> rebuilt = new TreeMap<>();
  private final Map<Long, Position> delivered = new HashMap<>();

  Audit(Fixture fixture) {
    this.fixture = fixture;
  }

  void run() {
    for (Watch watch : fixture.journal().watches) {
      check("H5", watch.state() == Watch.State.ENDED, "a watch is open though its store is closed");
    }
    try (Store store = fixture.open()) {
      Status status = store.status();
      List<KeyValue> entries = Scan.of(store, KeyRange.all());
      checkOrder(entries);
      checkReads(store, status, entries);
      if (status.oldest().isAfter(fixture.first().revision())) {
        checkTooOld(store);
      } else {
        rebuild(store, status.head());
        checkEqual(entries);
        checkAcknowledged();
      }
    }
  }

  private static void checkOrder(List<KeyValue> entries) {
    for (int i = 1; i < entries.size(); i++) {
      Key before = entries.get(i - 1).key();
      Key key = entries.get(i).key();
      check("K1", before.compareTo(key) < 0, "a scan gives " + key + " behind " + before);
    }
  }

  private static void checkReads(Store store, Status status, List<KeyValue> entries) {
    long count = store.count(KeyRange.all());
    check("R5", count == entries.size(), "count is " + count + ", pages hold " + entries.size());
    if (entries.size() <= 100) {
      List<KeyValue> paged = Scan.of(store, KeyRange.all(), 2);
      check("R3", paged.equals(entries), "pages of two give " + paged + ", one gives " + entries);
    }
    Page page = store.get(KeyRange.all(), 1);
    check(
        "R2",
        page.position().equals(status.head()),
        "nobody writes, but a page is at " + page.position() + " and the head at " + status.head());
  }

  private void checkTooOld(Store store) {
    try (Watch watch = store.watch(KeyRange.all(), fixture.first())) {
      Optional<WatchBatch> batch = watch.next(fixture.patience());
      check("W5", false, "a watch from " + fixture.first() + ", before the history, gave " + batch);
    } catch (StoreException.TooOld expected) {
      check(
          "W4",
          expected.oldest().isAfter(fixture.first().revision()),
          fixture.first() + " is too old, but the oldest is said to be " + expected.oldest());
    }
  }

  private void rebuild(Store store, Position head) {
    fixture.entriesAtFirst().forEach(entry -> rebuilt.put(entry.key(), entry));
    Position last = fixture.first();
    delivered.put(last.revision().number(), last);
    try (Watch watch = store.watch(KeyRange.all(), last)) {
      while (head.isAfter(last)) {
        WatchBatch batch = next(watch, last, head);
        check("W3", batch.previous().equals(last), batch.previous() + " follows " + last);
        check("W1", batch.position().isAfter(last), batch.position() + " delivered behind " + last);
        batch.events().forEach(event -> apply(event, batch.position()));
        last = batch.position();
        delivered.put(last.revision().number(), last);
      }
    }
    check("H2", last.equals(head), "the watch ends at " + last + ", status says " + head);
  }

  private WatchBatch next(Watch watch, Position last, Position head) {
    return watch
        .next(fixture.patience())
        .orElseThrow(
            () ->
                new AssertionError(
                    "[W1] a watch of everything stays at " + last + ", the head is " + head));
  }

  private void apply(Event event, Position position) {
    if (event.isDelete()) {
      check(
          "W10",
          rebuilt.remove(event.key()) != null,
          "at " + position + " a key is deleted that did not exist: " + event.key());
      return;
    }
    KeyValue now = event.now().orElseThrow();
    KeyValue before = rebuilt.put(event.key(), now);
    check(
        "R4",
        now.modified().equals(position.revision())
            && now.created().equals(before == null ? position.revision() : before.created()),
        "at " + position + " the event is " + event + " where before there was " + before);
  }

  private void checkEqual(List<KeyValue> entries) {
    Set<KeyValue> difference = new HashSet<>(entries);
    Set<KeyValue> fromWatch = new HashSet<>(rebuilt.values());
    difference.removeAll(fromWatch);
    entries.forEach(fromWatch::remove);
    check(
        "W1",
        difference.isEmpty() && fromWatch.isEmpty(),
        "only a scan finds " + difference + ", only the watch's events give " + fromWatch);
  }

  private void checkAcknowledged() {
    Set<Position> seen = new HashSet<>();
    for (Position position : fixture.journal().acknowledged) {
      check(
          "C2",
          seen.add(position) || fixture.sharesRevisions(),
          "two commits were both acknowledged as " + position);
      Position there = delivered.get(position.revision().number());
      check(
          "C3",
          position.equals(there),
          "the commit acknowledged as " + position + " is not in the history, which has " + there);
    }
  }

  private static void check(String rule, boolean holds, String didInstead) {
    if (!holds) {
      throw new AssertionError("[" + rule + "] " + didInstead);
    }
  }
}
