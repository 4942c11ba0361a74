package io.holdfast.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("C7")
final class TransactionTest {
  private final List<CommitRequest> requests = new ArrayList<>();
  private final String name = "tx-" + UUID.randomUUID();
  private Backend memory = new MemoryProvider().open(StoreConfig.of("memory:" + name));
  private final Store store = Store.over(recorded(), Duration.ofSeconds(10));

  /** The memory store; what is sent to it is written down. */
  private Backend recorded() {
    return new ForwardingBackend(memory) {
      @Override
      protected Backend backend() {
        return memory;
      }

      @Override
      public Position commit(CommitRequest request, Deadline deadline) {
        requests.add(request);
        return super.commit(request, deadline);
      }
    };
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static Key key(Object name) {
    return Key.of("t", name);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static List<String> names(Page page) {
    return page.entries().stream().map(entry -> (String) entry.key().elements().get(1)).toList();
  }

  private CommitRequest lastRequest() {
    return requests.get(requests.size() - 1);
  }

  private void putNames(String... names) {
    store.transact(tx -> List.of(names).forEach(name -> tx.put(key(name), bytes(name))));
  }

  @Test
  void ownWritesStandInPagesWhereTheyBelong() {
    putNames("b", "d", "f");
    try (Transaction tx = store.begin()) {
      tx.put(key("a"), bytes("mine"));
      tx.delete(key("d"));
      tx.put(key("e"), bytes("mine"));
      tx.put(key("f"), bytes("mine"));
      Page page = tx.get(KeyRange.under(Key.of("t")));
      assertEquals(List.of("a", "b", "e", "f"), names(page));
      assertEquals(Revision.ZERO, page.entries().get(3).modified());
      assertEquals(4, tx.count(KeyRange.under(Key.of("t"))));
    }
  }

  @Test
  void pagesWithOwnWritesVisitEveryKeyOnce() {
    putNames("b", "d", "f", "h");
    for (int size = 1; size <= 7; size++) {
      try (Transaction tx = store.begin()) {
        for (String name : List.of("a", "c", "e", "g", "i")) {
          tx.put(key(name), bytes("mine"));
        }
        tx.delete(key("f"));
        List<String> seen = new ArrayList<>();
        Optional<KeyRange> rest = Optional.of(KeyRange.under(Key.of("t")));
        while (rest.isPresent()) {
          Page page = tx.get(rest.get(), size);
          assertTrue(page.entries().size() <= size, "entries of a page of " + size);
          seen.addAll(names(page));
          rest = page.rest();
        }
        assertEquals(List.of("a", "b", "c", "d", "e", "g", "h", "i"), seen, "pages of " + size);
      }
    }
  }

  @Test
  @Tag("R3")
  void aPageIsNotEmptyBecauseItsEntriesWereDeleted() {
    putNames("a", "b", "c", "d", "e");
    try (Transaction tx = store.begin()) {
      List.of("a", "b", "c").forEach(name -> tx.delete(key(name)));
      Page page = tx.get(KeyRange.under(Key.of("t")), 2);
      assertEquals(List.of("d"), names(page));
      assertEquals(List.of("e"), names(tx.get(page.rest().orElseThrow(), 2)));
      tx.delete(KeyRange.under(Key.of("t")));
      assertTrue(tx.get(KeyRange.under(Key.of("t")), 2).rest().isEmpty());
    }
  }

  @Test
  @Tag("C8")
  void aRequestHasOneMutationForAKeyInKeyOrder() {
    store.transact(
        tx -> {
          tx.put(key("z"), bytes("1"));
          tx.put(key("a"), bytes("1"));
          tx.delete(key("z"));
          tx.put(key("a"), bytes("2"));
        });
    List<Mutation> mutations = lastRequest().mutations();
    assertEquals(List.of(key("a"), key("z")), mutations.stream().map(Mutation::key).toList());
    assertEquals("2", new String(mutations.get(0).value().orElseThrow(), UTF_8));
    assertTrue(mutations.get(1).isDelete());
  }

  @Test
  @Tag("C4")
  void eachReadIsACondition() {
    putNames("a", "b", "c");
    Revision modified = store.get(key("a")).orElseThrow().modified();
    KeyRange firstTwo = KeyRange.of(key("a"), key("b").successor());
    store.transact(
        tx -> {
          tx.get(key("a"));
          tx.get(key("a"));
          tx.get(key("none"));
          tx.get(KeyRange.of(key("a"), key("z")), 2);
          tx.put(key("mine"), bytes("v"));
          tx.get(key("mine"));
        });
    List<Condition> conditions = lastRequest().conditions();
    assertEquals(3, conditions.size(), "conditions " + conditions);
    assertEquals(new Condition.KeyAt(key("a"), modified), conditions.get(0));
    assertEquals(new Condition.KeyAbsent(key("none")), conditions.get(1));
    Condition.RangeUnchanged range = (Condition.RangeUnchanged) conditions.get(2);
    assertEquals(firstTwo, range.range(), "the part of the range that was read");
    assertEquals(List.of(key("a"), key("b")), range.keys());
  }

  @Test
  @Tag("C9")
  void eachDistinctPositionAndTheLastOwnCommitArePresented() {
    Position first = store.put(key("a"), bytes("1"));
    Position second = store.put(key("b"), bytes("1"));
    store.transact(
        tx -> {
          tx.get(key("a"));
          tx.get(key("b"));
          tx.readAt(first);
          tx.readAt(second);
        });
    assertEquals(List.of(second, first), lastRequest().bases());
    assertEquals(Optional.of(second), lastRequest().ownLast());
    store.within(Duration.ofSeconds(5)).transact(tx -> {});
    assertEquals(Optional.of(second), lastRequest().ownLast(), "a view is the same writer");
  }

  @Test
  @Tag("C9")
  void aWriterWhoseLastCommitIsLostIsToldOnceAndMayGoOn() {
    store.put(key("a"), bytes("kept"));
    StoreConfig copy = StoreConfig.of("memory:" + name + "-copy?copy-of=" + name);
    Backend backup = new MemoryProvider().open(copy);
    store.put(key("a"), bytes("lost"));
    memory.close();
    memory = backup;
    assertThrows(StoreException.Diverged.class, () -> store.put(key("b"), bytes("v")));
    assertTrue(store.get(key("b")).isEmpty(), "nothing was written");
    Position next = store.put(key("b"), bytes("v"));
    assertEquals(next, store.status().head());
  }

  @Test
  void theEndIsTheEnd() {
    Transaction aborted = store.begin();
    aborted.put(key("a"), bytes("v"));
    aborted.abort();
    Transaction closed = store.begin();
    closed.put(key("a"), bytes("v"));
    closed.close();
    closed.close();
    for (Transaction tx : List.of(aborted, closed)) {
      assertThrows(IllegalStateException.class, () -> tx.get(key("a")));
      assertThrows(IllegalStateException.class, () -> tx.get(KeyRange.all()));
      assertThrows(IllegalStateException.class, () -> tx.count(KeyRange.all()));
      assertThrows(IllegalStateException.class, () -> tx.put(key("a"), bytes("w")));
      assertThrows(IllegalStateException.class, () -> tx.delete(key("a")));
      assertThrows(IllegalStateException.class, () -> tx.delete(KeyRange.all()));
      assertThrows(IllegalStateException.class, () -> tx.expectAbsent(key("a")));
      assertThrows(IllegalStateException.class, () -> tx.expectEmpty(KeyRange.all()));
      assertThrows(IllegalStateException.class, () -> tx.readAt(Position.of(0, 0)));
      assertThrows(IllegalStateException.class, tx::commit);
      assertThrows(IllegalStateException.class, tx::abort);
    }
    assertTrue(requests.isEmpty(), "nothing is sent for a transaction that was given up");
  }

  @Test
  @Tag("C7")
  void aTransactionWhoseCommitWasRefusedHasEndedToo() {
    putNames("a");
    Transaction tx = store.begin();
    tx.expectAbsent(key("a"));
    assertThrows(StoreException.Conflict.class, tx::commit);
    assertThrows(IllegalStateException.class, tx::commit);
  }

  @Test
  @Tag("C11")
  void whatExceedsALimitIsNotSent() {
    Limits limits = store.limits();
    Key tooLong = Key.ofBytes(new byte[limits.keyBytesMax() + 1]);
    byte[] tooLarge = new byte[limits.valueBytesMax() + 1];
    try (Transaction tx = store.begin()) {
      assertThrows(StoreException.LimitExceeded.class, () -> tx.get(tooLong));
      assertThrows(StoreException.LimitExceeded.class, () -> tx.put(tooLong, bytes("v")));
      assertThrows(StoreException.LimitExceeded.class, () -> tx.delete(tooLong));
      assertThrows(StoreException.LimitExceeded.class, () -> tx.expectAbsent(tooLong));
      assertThrows(StoreException.LimitExceeded.class, () -> tx.put(key("k"), tooLarge));
      for (int i = 0; i <= limits.operationsMax(); i++) {
        tx.expectAbsent(key((long) i));
      }
      StoreException.LimitExceeded refused =
          assertThrows(StoreException.LimitExceeded.class, tx::commit);
      assertTrue(refused.getMessage().contains("" + limits.operationsMax()));
    }
    assertTrue(requests.isEmpty(), "requests that were sent: " + requests.size());
    assertFalse(store.get(key("k")).isPresent());
  }

  @Test
  void deletePagedTakesNoMoreAtATimeThanATransaction() {
    StoreConfig config = StoreConfig.of("memory:paged-" + UUID.randomUUID());
    Backend small =
        new ForwardingBackend(new MemoryProvider().open(config)) {
          @Override
          public Status status(Deadline deadline) {
            Status all = super.status(deadline);
            Limits limits = new Limits(100, 100, 10, 300, 10, 10_000);
            return new Status(all.head(), all.oldest(), all.incarnation(), limits);
          }
        };
    try (Store store = Store.over(small, Duration.ofSeconds(10))) {
      for (int i = 0; i < 20; i++) {
        store.put(Key.of(i, "x".repeat(90)), new byte[0]);
      }
      assertEquals(20, store.deletePaged(KeyRange.all()));
    }
  }
}
