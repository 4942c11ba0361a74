package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** Rules R1 to R5: what reads see. */
interface ReadContract extends StoreContract {
  private static List<Key> putNumbered(Store store, int from, int to) {
    List<Key> keys =
        IntStream.range(from, to).mapToObj(i -> key(String.format("n%05d", i))).toList();
    store.transact(tx -> keys.forEach(key -> tx.put(key, bytes("v"))));
    return keys;
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(60));
  }

  @Rule("R1")
  default void anotherHandleSeesWhatWasAcknowledged(Store store, Fixture fixture) {
    Store other = fixture.open();
    Store reader = fixture.open();
    for (int i = 1; i <= 30; i++) {
      String value = "v" + i;
      store.put(key("a"), bytes(value));
      assertEquals(value, text(other.get(key("a"))), "read by another handle after the put");
      other.put(key("n" + i), bytes(value));
      assertEquals(value, text(store.get(key("n" + i))), "read by the first handle after the put");
      assertEquals(value, text(reader.get(key("a"))), "read by a handle that never writes");
      assertEquals(i + 1, store.count(KeyRange.all()), "counted by the first handle");
      assertEquals(i + 1, other.get(KeyRange.all()).entries().size(), "page of the other handle");
    }
    other.delete(key("a"));
    assertTrue(store.get(key("a")).isEmpty(), "a key that another handle deleted is still read");
  }

  @Rule("R2")
  default void aReadNamesThePositionOfTheLastCommit(Store store, Fixture fixture) {
    Backend other = fixture.backend();
    for (int i = 0; i < 5; i++) {
      Position put = store.put(key("k" + i), bytes("v"));
      assertEquals(put, store.get(KeyRange.all()).position(), "position of a page");
      assertEquals(put, other.read(KeyRange.single(key("none")), 1, soon()).position());
      assertEquals(put, other.count(KeyRange.all(), soon()).position(), "position of a count");
      assertEquals(put, store.status().head(), "head");
    }
  }

  @Rule("R2")
  default void aPageShowsOneState(Fixture fixture) {
    writeEverywhere(fixture.store(), 0);
    Backend reader = fixture.backend();
    for (int i = 1; i <= 5; i++) {
      checkCut(reader);
      writeEverywhere(fixture.store(), i);
    }
    checkCut(reader);
  }

  @Rule("R2")
  default void aPageIsAnExactCutWhileOthersWrite(Fixture fixture) throws Exception {
    int rounds = fixture.settings().scaled(150);
    Store writer = fixture.store();
    Backend reader = fixture.backend();
    Set<Round> written = ConcurrentHashMap.newKeySet();
    written.add(new Round(writeEverywhere(writer, 0), 0));
    CountDownLatch beside = new CountDownLatch(25); // reads that race with writes
    AtomicBoolean done = new AtomicBoolean();
    Callable<Set<Round>> write =
        () -> {
          try {
            // A store may write much quicker than it reads.
            for (int i = 1; i <= rounds || (beside.getCount() > 0 && i <= 20 * rounds); i++) {
              written.add(new Round(writeEverywhere(writer, i), i));
            }
          } finally {
            done.set(true);
          }
          return written;
        };
    Callable<Set<Round>> read =
        () -> {
          Set<Round> seen = new HashSet<>();
          do {
            checkCut(reader);
            Page page = reader.read(KeyRange.single(key("cut07")), 1, soon());
            seen.add(new Round(page.position(), Long.parseLong(text(page.entries().get(0)))));
            Count count = reader.count(KeyRange.prefix(key("more")), soon());
            seen.add(new Round(count.position(), count.count() - 1));
            beside.countDown();
          } while (!done.get());
          return seen;
        };
    Set<Round> wrong = Together.run(List.of(write, read)).get(1);
    wrong.removeAll(written);
    assertEquals(Set.of(), wrong, "pages and counts that name a position where it was not so");
  }

  /**
   * A round of the writer, and where it stands.
   *
   * @param position of its commit
   * @param number of the round
   */
  record Round(Position position, long number) {}

  @Rule("R2")
  default void aLargePageIsAnExactCutWhileOthersWrite(Fixture fixture) throws Exception {
    int rounds = fixture.settings().scaled(60);
    Store writer = fixture.store();
    Backend reader = fixture.backend();
    int between = Math.min(writer.limits().pageEntriesMax(), 2_500) - 1;
    int step = Math.min(writer.limits().operationsMax(), 1_000);
    for (int from = 0; from < between; from += step) {
      putNumbered(writer, from, Math.min(between, from + step));
    }
    writer.put(key("first"), bytes("0"));
    List<KeyValue> page = reader.read(KeyRange.all(), between + 1, soon()).entries();
    Key last = page.get(page.size() - 1).key(); // of a page as large as this store makes them
    writer.put(last, bytes("0"));
    AtomicBoolean read = new AtomicBoolean();
    Callable<Integer> write =
        () -> {
          for (int i = 1; !read.get(); i++) {
            writer.put(Map.of(key("first"), bytes("" + i), last, bytes("" + i)));
          }
          return 0;
        };
    Callable<Integer> look =
        () -> {
          int pages = 0;
          try {
            for (int i = 0; i < rounds; i++) {
              Page now = reader.read(KeyRange.all(), between + 1, soon());
              pages += showsOneState(now, last) ? 1 : 0;
            }
          } finally {
            read.set(true);
          }
          return pages;
        };
    int pages = Together.run(List.of(write, look)).get(1);
    assertTrue(pages > 0, "no page reached " + last + " any more, as the first one did");
  }

  /** Whether a page reaches so far; if so, its ends must be of one commit. */
  private static boolean showsOneState(Page page, Key last) {
    List<String> ends =
        page.entries().stream()
            .filter(entry -> entry.key().equals(key("first")) || entry.key().equals(last))
            .map(Bytes::text)
            .toList();
    assertEquals(
        ends.get(0),
        ends.get(ends.size() - 1),
        "one commit writes the first key and " + last + ", a page of both shows");
    return ends.size() == 2;
  }

  /** One commit that gives all of 20 keys a round's number, and has one more key each round. */
  private static Position writeEverywhere(Store store, int round) {
    return store.transact(
        tx -> {
          for (int i = 0; i < 20; i++) {
            tx.put(key(String.format("cut%02d", i)), bytes("" + round));
          }
          tx.put(key("more" + round), bytes(""));
        });
  }

  private static void checkCut(Backend reader) {
    Page page = reader.read(KeyRange.prefix(key("cut")), 100, soon());
    List<String> values = page.entries().stream().map(Bytes::text).distinct().toList();
    assertEquals(1, values.size(), "one commit writes all keys, a page shows those of " + values);
    Revision last = page.entries().get(0).modified();
    assertTrue(
        !last.isAfter(page.position().revision()),
        "a page at " + page.position() + " shows what " + last + " wrote");
    Count count = reader.count(KeyRange.prefix(key("more")), soon());
    Page all = reader.read(KeyRange.prefix(key("more")), 10_000, soon());
    if (count.position().equals(all.position()) && all.rest().isEmpty()) {
      assertEquals(all.entries().size(), count.count(), "count and page at " + all.position());
    }
  }

  @Rule("R3")
  default void pagesOfEverySizeVisitEveryKeyOnce(Store store) {
    List<Key> keys = new ArrayList<>(putNumbered(store, 0, 12));
    keys.add(1, keys.get(0).successor());
    store.put(keys.get(1), bytes("v"));
    for (int size = 1; size <= 14; size++) {
      assertEquals(keys, Scan.of(store, KeyRange.all(), size).stream().map(KeyValue::key).toList());
    }
  }

  @Rule("R3")
  default void theRestBeginsBehindTheLastKeyAndEndsWithTheRange(Store store) {
    List<Key> keys = putNumbered(store, 0, 9);
    KeyRange range = KeyRange.of(keys.get(1), keys.get(8));
    Page page = store.get(range, 3);
    assertEquals(keys.subList(1, 4), page.entries().stream().map(KeyValue::key).toList());
    assertEquals(Optional.of(range.after(keys.get(3))), page.rest(), "the rest of the range");
    assertTrue(store.get(range, 8).rest().isEmpty(), "a page with the whole range names a rest");
  }

  @Rule("R3")
  default void keysThatAppearBetweenPagesMoveNothing(Store store) {
    List<Key> keys = putNumbered(store, 0, 10);
    List<Key> seen = new ArrayList<>();
    Optional<KeyRange> rest = Optional.of(KeyRange.all());
    while (rest.isPresent() && seen.size() <= keys.size()) {
      Page page = store.get(rest.get(), 2);
      page.entries().forEach(entry -> seen.add(entry.key()));
      store.put(key("a" + seen.size()), bytes("before"));
      store.delete(page.entries().get(0).key());
      rest = page.rest();
    }
    assertEquals(keys, seen);
  }

  @Rule("R3")
  default void aPageIsBoundedByEntries(Store store, Fixture fixture) {
    Limits limits = store.limits();
    int keys = Math.min(limits.pageEntriesMax(), 20_000) + 1;
    int step = Math.min(limits.operationsMax(), 5_000);
    for (int from = 0; from < keys; from += step) {
      putNumbered(store, from, Math.min(keys, from + step));
    }
    Page page = fixture.backend().read(KeyRange.all(), Integer.MAX_VALUE, soon());
    assertTrue(page.entries().size() <= limits.pageEntriesMax(), "a page of " + page);
    assertTrue(
        page.entries().size() == keys || page.rest().isPresent(),
        "a page of " + page.entries().size() + " of " + keys + " entries says it is the last");
    assertEquals(7, store.get(KeyRange.all(), 7).entries().size(), "entries, 7 being asked for");
    assertEquals(keys, Scan.keys(store, KeyRange.all()).size());
  }

  @Rule("R3")
  default void aPageIsBoundedByBytes(Store store) {
    Limits limits = store.limits();
    int bytes = Math.min(limits.valueBytesMax(), limits.pageBytesMax() / 3);
    int keys = Math.min(2 + limits.pageBytesMax() / bytes, 40);
    List<Key> all = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      all.add(key(String.format("n%05d", i)));
      store.put(all.get(i), new byte[bytes]);
    }
    Page page = store.get(KeyRange.all());
    long size = page.entries().stream().mapToLong(e -> e.key().length() + e.valueLength()).sum();
    assertTrue(
        size <= limits.pageBytesMax(),
        "a page of " + size + " bytes; advertised are " + limits.pageBytesMax());
    assertEquals(all, Scan.keys(store, KeyRange.all()), "keys by pages");
  }

  @Rule("R3")
  default void anEmptyRangeIsOneEmptyPage(Store store) {
    store.put(key("a"), bytes("v"));
    Page page = store.get(KeyRange.from(key("b")));
    assertTrue(page.entries().isEmpty() && page.rest().isEmpty(), "the page is " + page);
  }

  @Rule("R4")
  default void revisionsTellWhoCreatedAndWhoWroteLast(Store store) {
    Revision created = store.put(key("k"), bytes("1")).revision();
    Revision updated = store.put(key("k"), bytes("2")).revision();
    KeyValue entry = store.get(key("k")).orElseThrow();
    assertEquals(created, entry.created(), "created");
    assertEquals(updated, entry.modified(), "modified");
    assertEquals(entry, store.get(KeyRange.all()).entries().get(0), "the same entry in a page");
  }

  @Rule("R4")
  default void aKeyThatIsPutAfterItsDeletionIsCreatedAnew(Store store) {
    Revision before = store.put(key("k"), bytes("1")).revision();
    assertEquals(before, store.get(key("k")).orElseThrow().created(), "created at first");
    store.delete(key("k"));
    Revision again = store.put(key("k"), bytes("1")).revision();
    KeyValue entry = store.get(key("k")).orElseThrow();
    assertEquals(again, entry.created(), "created; before its deletion it was " + before);
    assertEquals(again, entry.modified(), "modified");
  }

  @Rule("R5")
  default void countIsTheNumberOfEntries(Store store) {
    List<Key> keys = putNumbered(store, 0, 8);
    store.delete(keys.get(3));
    List<KeyRange> ranges = new ArrayList<>(List.of(KeyRange.all(), KeyRange.prefix(key("x"))));
    for (int from = 0; from < keys.size(); from++) {
      ranges.add(KeyRange.from(keys.get(from)));
      for (int to = from + 1; to < keys.size(); to++) {
        ranges.add(KeyRange.of(keys.get(from), keys.get(to)));
      }
    }
    for (KeyRange range : ranges) {
      assertEquals(Scan.keys(store, range).size(), store.count(range), "count of " + range);
    }
  }
}
