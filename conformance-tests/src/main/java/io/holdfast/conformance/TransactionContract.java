package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.raw;
import static io.holdfast.conformance.Bytes.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Rules C4 to C7: what transactions promise to each other. */
interface TransactionContract extends StoreContract {
  /**
   * Lets a transaction read, another handle write, and the transaction commit a write elsewhere.
   */
  private static void assertConflict(
      Fixture fixture, Consumer<Transaction> reads, Consumer<Store> writesOfOthers) {
    Store store = fixture.store();
    Transaction tx = store.begin();
    reads.accept(tx);
    writesOfOthers.accept(fixture.open());
    tx.put(key("written by the reader"), bytes("v"));
    Position before = store.status().head();
    assertThrows(
        StoreException.Conflict.class, tx::commit, "what the transaction read was changed since");
    assertEquals(before, store.status().head(), "head after a conflict");
  }

  private static void assertNoConflict(
      Fixture fixture, Consumer<Transaction> reads, Consumer<Store> writesOfOthers) {
    Store store = fixture.store();
    Transaction tx = store.begin();
    reads.accept(tx);
    writesOfOthers.accept(fixture.open());
    tx.put(key("written by the reader"), bytes("v"));
    Position commit = tx.commit();
    assertEquals(commit, store.status().head(), "head after the commit");
  }

  @Rule("C4")
  default void aLostUpdateIsAConflict(Store store, Fixture fixture) {
    store.put(key("k"), bytes("1"));
    assertConflict(fixture, tx -> tx.get(key("k")), other -> other.put(key("k"), bytes("2")));
    assertEquals("2", text(store.get(key("k"))));
  }

  @Rule("C4")
  default void writeSkewIsAConflict(Store store) {
    Transaction one = store.begin();
    Transaction two = store.begin();
    one.get(key("x"));
    two.get(key("y"));
    one.put(key("y"), bytes("one"));
    two.put(key("x"), bytes("two"));
    one.commit();
    assertThrows(StoreException.Conflict.class, two::commit, "each wrote what the other had read");
  }

  @Rule("C4")
  default void aPhantomIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.get(KeyRange.prefix(key("r"))),
        other -> other.put(key("r2"), bytes("v")));
  }

  @Rule("C4")
  default void aDeletionInsideARangeIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    fixture.store().put(key("r2"), bytes("v"));
    assertConflict(
        fixture, tx -> tx.get(KeyRange.prefix(key("r"))), other -> other.delete(key("r1")));
  }

  @Rule("C4")
  default void anUpdateInsideARangeIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.get(KeyRange.prefix(key("r"))),
        other -> other.put(key("r1"), bytes("w")));
  }

  @Rule("C4")
  default void aDeletionAndRecreationInsideARangeIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.get(KeyRange.prefix(key("r"))),
        other -> {
          other.delete(key("r1"));
          other.put(key("r1"), bytes("v"));
        });
  }

  @Rule("C4")
  default void anAppearanceAndDisappearanceInsideARangeKeepsItsReadsTrueOrConflicts(
      Fixture fixture) {
    Store store = fixture.store();
    Transaction tx = store.begin();
    tx.get(KeyRange.prefix(key("r")));
    fixture.open().put(key("r1"), bytes("v"));
    tx.get(key("r1"));
    tx.put(key("k"), bytes("v"));
    assertThrows(StoreException.Conflict.class, tx::commit, "the two reads contradict each other");
  }

  @Rule("C4")
  default void aDeletionOfAKeyThatWasReadIsAConflict(Fixture fixture) {
    fixture.store().put(key("k"), bytes("v"));
    assertConflict(fixture, tx -> tx.get(key("k")), other -> other.delete(key("k")));
  }

  @Rule("C4")
  default void aKeyThatWasDeletedAndPutAgainIsAConflict(Fixture fixture) {
    fixture.store().put(key("k"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.get(key("k")),
        other -> {
          other.delete(key("k"));
          other.put(key("k"), bytes("v"));
        });
  }

  @Rule("C4")
  default void theCreationOfAKeyThatWasMissingIsAConflict(Fixture fixture) {
    assertConflict(fixture, tx -> tx.get(key("k")), other -> other.put(key("k"), bytes("v")));
  }

  @Rule("C4")
  default void aChangedCountIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.count(KeyRange.prefix(key("r"))),
        other -> other.put(key("r2"), bytes("v")));
  }

  @Rule("C4")
  default void anEqualCountOfOtherKeysIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.count(KeyRange.prefix(key("r"))),
        other ->
            other.transact(
                tx -> {
                  tx.delete(key("r1"));
                  tx.put(key("r2"), bytes("v"));
                }));
  }

  @Rule("C4")
  default void aRangeDeleteThatMissedAKeyIsAConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertConflict(
        fixture,
        tx -> tx.delete(KeyRange.prefix(key("r"))),
        other -> other.put(key("r2"), bytes("v")));
  }

  @Rule("C4")
  default void aReaderThatSawTwoStatesIsToldAtItsCommit(Store store, Fixture fixture) {
    Transaction tx = store.begin();
    tx.get(key("a"));
    fixture.open().put(Map.of(key("a"), bytes("v"), key("b"), bytes("v")));
    assertTrue(tx.get(key("b")).isPresent());
    assertThrows(
        StoreException.Conflict.class, tx::commit, "a from before a commit, b from after it");
  }

  @Rule("C5")
  default void transactionsOnDifferentKeysDoNotConflict(Fixture fixture) {
    fixture.store().put(key("mine"), bytes("v"));
    assertNoConflict(
        fixture,
        tx -> {
          tx.get(key("mine"));
          tx.get(key("none"));
          tx.get(KeyRange.of(key("r1"), key("r5")));
          tx.count(KeyRange.prefix(key("s")));
        },
        other -> {
          other.put(key("yours"), bytes("v"));
          other.put(key("r0"), bytes("v"));
          other.put(key("r5"), bytes("v"));
          other.put(key("t"), bytes("v"));
          other.delete(key("r0"));
        });
  }

  @Rule("C5")
  default void whatLiesBehindTheReadPageIsNotRead(Fixture fixture) {
    Store store = fixture.store();
    for (int i = 1; i <= 5; i++) {
      store.put(key("r" + i), bytes("v"));
    }
    assertNoConflict(
        fixture,
        tx -> tx.get(KeyRange.prefix(key("r")), 2),
        other -> other.put(key("r4"), bytes("w")));
    assertConflict(
        fixture,
        tx -> tx.get(KeyRange.prefix(key("r")), 2),
        other -> other.put(key("r1x"), bytes("w")));
  }

  @Rule("C5")
  default void whatChangedNothingIsNoConflict(Fixture fixture) {
    fixture.store().put(key("r1"), bytes("v"));
    assertNoConflict(
        fixture,
        tx -> tx.get(KeyRange.prefix(key("r"))),
        other -> {
          other.delete(key("r2"));
          other.transact(tx -> tx.get(key("r1")));
        });
  }

  @Rule("C5")
  default void aBlindWriterNeverConflicts(Fixture fixture) {
    assertNoConflict(
        fixture,
        tx -> tx.put(key("k"), bytes("mine")),
        other -> other.put(key("k"), bytes("yours")));
    assertEquals("mine", text(fixture.store().get(key("k"))), "the later commit's value");
  }

  @Rule("C5")
  default void aConflictNamesTheRevisionToWaitFor(Store store, Fixture fixture) {
    store.put(key("k"), bytes("1"));
    Transaction tx = store.begin();
    tx.get(key("k"));
    Position collision = fixture.open().put(key("k"), bytes("2"));
    tx.put(key("k"), bytes("3"));
    StoreException.Conflict conflict = assertThrows(StoreException.Conflict.class, tx::commit);
    Revision head = store.status().head().revision();
    assertFalse(
        collision.revision().isAfter(conflict.waitFor()) || conflict.waitFor().isAfter(head),
        "a reader at "
            + conflict.waitFor()
            + " is to see the commit "
            + collision
            + "; the head is "
            + head);
  }

  private static void assertHolds(Store store, Consumer<Transaction> expectation) {
    Position commit =
        store.transact(
            tx -> {
              expectation.accept(tx);
              tx.put(key("done"), bytes("v"));
            });
    assertEquals(commit, store.status().head(), "head");
  }

  private static void assertFails(Store store, Consumer<Transaction> expectation) {
    Position before = store.status().head();
    Transaction tx = store.begin();
    expectation.accept(tx);
    tx.put(key("never"), bytes("v"));
    assertThrows(StoreException.Conflict.class, tx::commit);
    assertEquals(before, store.status().head(), "head after a failed expectation");
  }

  @Rule("C6")
  default void aKeyIsExpectedAtItsRevision(Store store) {
    Revision first = store.put(key("k"), bytes("1")).revision();
    Revision second = store.put(key("k"), bytes("2")).revision();
    assertHolds(store, tx -> tx.expect(key("k"), second));
    assertFails(store, tx -> tx.expect(key("k"), first));
    assertFails(store, tx -> tx.expect(key("k"), new Revision(second.number() + 1)));
    assertFails(store, tx -> tx.expect(key("none"), second));
    store.delete(key("k"));
    assertFails(store, tx -> tx.expect(key("k"), second));
    store.put(key("k"), bytes("2"));
    assertFails(store, tx -> tx.expect(key("k"), second));
  }

  @Rule("C6")
  default void aKeyIsExpectedToBeAbsent(Store store) {
    store.put(key("k"), new byte[0]);
    assertFails(store, tx -> tx.expectAbsent(key("k")));
    assertHolds(store, tx -> tx.expectAbsent(key("other")));
    store.delete(key("k"));
    assertHolds(store, tx -> tx.expectAbsent(key("k")));
    store.put(key("k"), bytes("again"));
    assertFails(store, tx -> tx.expectAbsent(key("k")));
  }

  @Rule("C6")
  default void aRangeIsExpectedToBeEmpty(Store store) {
    store.put(key("r5"), bytes("v"));
    assertFails(store, tx -> tx.expectEmpty(KeyRange.prefix(key("r"))));
    assertFails(store, tx -> tx.expectEmpty(KeyRange.from(key("r5"))));
    assertFails(store, tx -> tx.expectEmpty(KeyRange.single(key("r5"))));
    assertHolds(store, tx -> tx.expectEmpty(KeyRange.of(key("r0"), key("r5"))));
    assertHolds(store, tx -> tx.expectEmpty(KeyRange.of(key("r5").successor(), key("r9"))));
    store.delete(key("r5"));
    assertHolds(store, tx -> tx.expectEmpty(KeyRange.prefix(key("r"))));
  }

  @Rule({"C6", "C4", "K3"})
  default void conditionsCoverAPrefixThatEndsIn0xFf(Store store, Fixture fixture) {
    for (Key prefix : List.of(raw('p', 0xFF), raw(0xFF))) {
      Key inside = Key.ofBytes(append(append(prefix.toBytes(), 0xFF), 0xFF));
      assertHolds(store, tx -> tx.expectEmpty(KeyRange.prefix(prefix)));
      assertConflict(
          fixture, tx -> tx.get(KeyRange.prefix(prefix)), other -> other.put(inside, bytes("v")));
      assertFails(store, tx -> tx.expectEmpty(KeyRange.prefix(prefix)));
    }
  }

  private static byte[] append(byte[] bytes, int last) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    longer[bytes.length] = (byte) last;
    return longer;
  }

  @Rule("C6")
  default void expectationsAreProvenWithoutAWriteToo(Store store) {
    Revision at = store.put(key("k"), bytes("1")).revision();
    Position head = store.transact(tx -> tx.expect(key("k"), at));
    assertEquals(store.status().head(), head, "where the expectation was proven");
    Transaction tx = store.begin();
    tx.expectAbsent(key("k"));
    assertThrows(StoreException.Conflict.class, tx::commit);
    Transaction changesNothing = store.begin();
    changesNothing.expectAbsent(key("k"));
    changesNothing.delete(key("none"));
    assertThrows(StoreException.Conflict.class, changesNothing::commit);
  }

  @Rule({"C6", "C11"})
  default void asManyExpectationsAsAdvertisedAreProven(Store store) {
    int most = store.limits().operationsMax();
    List<Key> keys = IntStream.range(0, most).mapToObj(i -> key("n" + i)).toList();
    assertHolds(store, tx -> keys.forEach(tx::expectAbsent));
    for (int there : List.of(0, most / 2, most - 1)) {
      store.put(keys.get(there), bytes("v"));
      assertFails(store, tx -> keys.forEach(tx::expectAbsent));
      store.delete(keys.get(there));
    }
  }

  @History(commits = 10)
  @Rule("C6")
  default void anExpectationMayBeOlderThanTheHistory(Store store, Fixture fixture) {
    Position old = store.put(key("k"), bytes("1"));
    fixture.trimAbove(old);
    assertHolds(store, tx -> tx.expect(key("k"), old.revision()));
    assertHolds(store, tx -> tx.expectAbsent(key("none")));
  }

  @Rule("C7")
  default void aTransactionSeesItsOwnWrites(Store store) {
    store.put(key("r1"), bytes("old"));
    store.put(key("r2"), bytes("old"));
    store.transact(
        tx -> {
          tx.put(key("r0"), bytes("new"));
          tx.put(key("r1"), bytes("new"));
          tx.delete(key("r2"));
          assertEquals("new", text(tx.get(key("r1"))));
          assertEquals("missing", text(tx.get(key("r2"))));
          assertEquals(2, tx.count(KeyRange.prefix(key("r"))));
          assertEquals(
              List.of("new", "new"),
              tx.get(KeyRange.prefix(key("r"))).entries().stream().map(Bytes::text).toList());
        });
    assertEquals(List.of(key("r0"), key("r1")), Scan.keys(store, KeyRange.all()));
  }

  @Rule("C7")
  default void readsOfOneKeyRepeat(Store store, Fixture fixture) {
    store.put(key("k"), bytes("1"));
    Transaction tx = store.begin();
    tx.get(key("k"));
    fixture.open().put(key("k"), bytes("2"));
    assertEquals("1", text(tx.get(key("k"))), "read again in the transaction");
    assertThrows(StoreException.Conflict.class, tx::commit);
  }

  @Rule("C7")
  default void nobodySeesWritesBeforeTheCommitOrAfterAnAbort(Store store, Fixture fixture) {
    Store other = fixture.open();
    Position before = store.put(key("k"), bytes("old"));
    Transaction tx = store.begin();
    tx.put(key("k"), bytes("new"));
    tx.put(key("index of k"), bytes("new"));
    tx.get(KeyRange.all());
    assertEquals("old", text(other.get(key("k"))), "before the commit");
    assertEquals(before, other.status().head(), "before the commit");
    tx.abort();
    assertEquals("old", text(other.get(key("k"))), "after the abort");
    assertEquals(List.of(key("k")), Scan.keys(store, KeyRange.all()), "after the abort");
    assertEquals(before, store.status().head(), "after the abort");
  }

  @Rule("C7")
  default void nothingOfARefusedTransactionComesWithTheNext(Store store, Fixture fixture) {
    Transaction tx = store.begin();
    tx.get(key("k"));
    tx.put(key("left over"), bytes("v"));
    fixture.open().put(key("k"), bytes("v"));
    assertThrows(StoreException.Conflict.class, tx::commit);
    store.put(key("next"), bytes("v"));
    assertEquals(List.of(key("k"), key("next")), Scan.keys(store, KeyRange.all()));
  }

  @Rule("C7")
  default void anEndedTransactionCannotBeUsed(Store store) {
    Transaction committed = store.begin();
    committed.put(key("k"), bytes("v"));
    committed.commit();
    Transaction aborted = store.begin();
    aborted.abort();
    for (Transaction tx : List.of(committed, aborted)) {
      assertThrows(IllegalStateException.class, () -> tx.get(key("k")));
      assertThrows(IllegalStateException.class, () -> tx.put(key("k"), bytes("w")));
      assertThrows(IllegalStateException.class, tx::commit);
    }
    assertEquals("v", text(store.get(key("k"))));
  }
}
