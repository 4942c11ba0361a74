package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rules H1 to H3 and C9: one history, known by its tokens. */
interface HistoryContract extends StoreContract {
  @Rule("H1")
  default void theIncarnationNeverChanges(Store store, Fixture fixture) {
    var drawn = store.status().incarnation();
    store.put(key("k"), bytes("v"));
    assertEquals(drawn, store.status().incarnation(), "after a commit");
    assertEquals(drawn, fixture.open().status().incarnation(), "of another handle");
    assertEquals(drawn, fixture.restart().status().incarnation(), "after a restart");
    assertNotEquals(drawn, fixture.other().status().incarnation(), "of another store");
  }

  @Rule("H1")
  default void statusNamesHeadAndOldest(Store store, Fixture fixture) {
    Position put = store.put(key("k"), bytes("v"));
    assertEquals(put, store.status().head(), "head after a commit");
    assertEquals(put, fixture.open().status().head(), "head as another handle sees it");
    assertFalse(
        store.status().oldest().isAfter(fixture.first().revision()),
        "oldest is " + store.status().oldest() + ", though nothing needs to be trimmed yet");
    assertEquals(store.limits(), store.status().limits(), "limits");
  }

  @Rule("H2")
  default void eachCommitHasARandomTokenOfItsOwn(Store store, Fixture fixture) {
    Set<Long> tokens = new HashSet<>();
    long everSet = 0;
    long alwaysSet = -1;
    int commits = 64;
    for (int i = 0; i < commits; i++) {
      long token = store.put(key("k"), bytes("v")).token();
      tokens.add(token);
      everSet |= token;
      alwaysSet &= token;
    }
    assertEquals(commits, tokens.size(), "different tokens of " + commits + " commits");
    // Each bit is constant over 64 fair draws with a chance of 2^-63.
    assertEquals(-1L, everSet, "bits that are set in some token of " + commits);
    assertEquals(0L, alwaysSet, "bits that are set in every token of " + commits);
    Position here = store.status().head();
    Position there = fixture.other().status().head();
    assertNotEquals(here.token(), there.token(), "tokens of two stores");
  }

  @Rule("H2")
  default void readsAndWatchesNameTheTokenOfTheCommit(Store store, Fixture fixture) {
    List<Position> written = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      written.add(fixture.open().put(key("k" + i), bytes("v")));
      assertEquals(written.get(i), store.get(KeyRange.all()).position(), "position of a page");
      assertEquals(written.get(i), store.status().head(), "head");
      assertEquals(written.get(i), store.transact(tx -> tx.get(key("k"))), "where reads held");
    }
    try (Watch watch = fixture.open().watch(KeyRange.all(), fixture.first())) {
      List<WatchBatch> batches = Drain.commitsTo(watch, written.get(7), fixture.patience());
      assertEquals(written, batches.stream().map(WatchBatch::position).toList(), "of a watch");
    }
  }

  @History(commits = 10)
  @Rule({"H1", "W5", "W6", "C9"})
  default void theHistoryReachesBackToTheOldest(Store store, Fixture fixture) {
    List<Position> written = new ArrayList<>(List.of(store.put(key("k"), bytes("v"))));
    written.addAll(fixture.trimAbove(written.get(0)));
    Revision oldest = store.status().oldest();
    int kept = 0;
    while (oldest.isAfter(written.get(kept).revision())) {
      kept++;
    }
    int last = written.size() - 1;
    for (int at = Math.max(0, kept - 2); at <= Math.min(last - 1, kept + 2); at++) {
      checkWatchFrom(store, written.subList(at, last + 1), fixture.patience());
      checkReadAt(store, written.get(at));
    }
  }

  /** Whether what is said to be before the history is so; it may have been trimmed meanwhile. */
  private static void assertTrimmed(Store store, Position position, String answered) {
    Revision oldest = store.status().oldest();
    assertTrue(
        oldest.isAfter(position.revision()),
        answered + ": " + position + " is answered so, and the oldest is " + oldest);
  }

  private static void checkWatchFrom(Store store, List<Position> written, Duration patience) {
    Position from = written.get(0);
    Revision oldest = store.status().oldest();
    try (Watch watch = store.watch(KeyRange.all(), from)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, written.get(written.size() - 1), patience);
      assertEquals(
          written.subList(1, written.size()),
          batches.stream().map(WatchBatch::position).toList(),
          "commits above " + from);
      assertFalse(
          oldest.isAfter(from.revision()),
          "[W5] there is a watch from " + from + ", and the oldest is " + oldest);
    } catch (StoreException.TooOld e) {
      assertTrimmed(store, from, "[H1] as too old");
    }
    Position other = new Position(from.revision(), from.token() ^ 1);
    try (Watch watch = store.watch(KeyRange.all(), other)) {
      fail("[W6] a watch from " + from + " with another token gave " + watch.next(patience));
    } catch (StoreException.TooOld e) {
      assertTrimmed(store, from, "[W6] as too old");
    } catch (StoreException.Diverged expected) {
      return;
    }
  }

  private static void checkReadAt(Store store, Position at) {
    Transaction reader = store.begin();
    reader.readAt(at);
    try {
      reader.commit();
    } catch (StoreException.Conflict e) {
      assertTrimmed(store, at, "[C9] as a conflict");
    }
    Transaction other = store.begin();
    other.readAt(new Position(at.revision(), at.token() ^ 1));
    try {
      other.commit();
      fail("[C9] a transaction that read at " + at + " with another token was committed");
    } catch (StoreException.Conflict e) {
      assertTrimmed(store, at, "[C9] as a conflict");
    } catch (StoreException.Diverged expected) {
      return;
    }
  }

  @History(commits = 10)
  @Rule("H2")
  default void theNewestTokenIsNeverTrimmed(Store store, Fixture fixture) {
    fixture.trimAbove(store.status().head());
    Position head = store.status().head();
    Store again = fixture.restart();
    assertEquals(head, again.status().head(), "head after trimming and a restart");
    try (Watch watch = again.watch(KeyRange.all(), head)) {
      Position next = again.put(key("k"), bytes("v"));
      assertEquals(next, Drain.to(watch, next, fixture.patience()).get(0).position());
    }
  }

  @History(commits = 10)
  @Rule("H3")
  default void trimmingChangesNoRead(Store store, Fixture fixture) {
    for (int i = 0; i < 5; i++) {
      store.put(key("k" + i), bytes("v" + i));
    }
    store.delete(key("k3"));
    List<KeyValue> before = Scan.of(store, KeyRange.prefix(key("k")));
    fixture.trimAbove(store.status().head());
    assertEquals(before, Scan.of(store, KeyRange.prefix(key("k"))), "entries after trimming");
    assertEquals(before, Scan.of(fixture.open(), KeyRange.prefix(key("k"))), "another handle's");
    assertEquals(4, store.count(KeyRange.prefix(key("k"))), "count after trimming");
    store.put(key("k0"), bytes("later"));
    assertEquals(
        before.get(0).created(),
        store.get(key("k0")).orElseThrow().created(),
        "creation of a key whose creation is trimmed");
    assertFalse(store.status().oldest().isAfter(store.status().head().revision()));
  }

  @History(commits = 10)
  @Rule("H3")
  default void theHistoryIsBoundedByNumber(Store store, Fixture fixture) {
    for (int round = 0; round < 3; round++) {
      fixture.trimAbove(store.status().head());
    }
    Position head = store.status().head();
    assertTrue(head.isAfter(fixture.first()), "head");
  }

  private static void assertDiverged(Store store, Position... bases) {
    Position before = store.status().head();
    Transaction tx = store.begin();
    for (Position base : bases) {
      tx.readAt(base);
    }
    tx.put(key("never"), bytes("v"));
    assertThrows(
        StoreException.Diverged.class, tx::commit, "a transaction that read at " + bases[0]);
    assertEquals(before, store.status().head(), "head after a divergence");
    assertTrue(store.get(key("never")).isEmpty(), "it was written all the same");
    Transaction reader = store.begin();
    for (Position base : bases) {
      reader.readAt(base);
    }
    assertThrows(
        StoreException.Diverged.class,
        reader::commit,
        "a transaction that wrote nothing and read at " + bases[0]);
  }

  @Rule("C9")
  default void whatAClosedHandleCommittedCanBeReliedOn(Store store, Fixture fixture) {
    Position last = store.put(key("a"), bytes("1"));
    Store again = fixture.restart();
    Position next =
        again.transact(
            tx -> {
              tx.get(key("a"));
              tx.put(key("b"), bytes("2"));
            });
    assertTrue(next.isAfter(last), next + " after " + last);
  }

  @Rule("C9")
  default void aReadFromAnotherHistoryIsDiverged(Store store) {
    Position early = store.put(key("k"), bytes("1"));
    Position head = store.put(key("k"), bytes("2"));
    long above = head.revision().number() + 1;
    assertDiverged(store, Position.of(above, 7));
    assertDiverged(store, new Position(head.revision(), head.token() ^ 1));
    assertDiverged(store, new Position(early.revision(), early.token() ^ 1L << 63));
    assertDiverged(store, early, head, Position.of(above, head.token()));
    assertDiverged(store, new Position(early.revision(), head.token()), head);
  }

  @Rule("C9")
  default void aReadThatARestoreLostIsDiverged(Store store, Fixture fixture) {
    store.put(key("k"), bytes("kept"));
    Position lost = fixture.save().put(key("lost"), bytes("v"));
    Store restored = fixture.restore();
    assertDiverged(restored, lost);
    Position kept = restored.status().head();
    restored.put(key("k"), bytes("other"));
    restored.put(key("k"), bytes("another"));
    assertDiverged(restored, kept, lost);
  }

  @Rule("C9")
  default void earlierPositionsOfThisHistoryAreFine(Store store, Fixture fixture) {
    Position early = store.put(key("k"), bytes("1"));
    Position late = fixture.open().put(key("k"), bytes("2"));
    Position commit =
        store.transact(
            tx -> {
              tx.readAt(early);
              tx.readAt(late);
              tx.put(key("k"), bytes("3"));
            });
    assertTrue(commit.isAfter(late), "the commit is at " + commit);
  }

  @History(commits = 10)
  @Rule("C9")
  default void aReadFromBeforeTheHistoryIsAConflict(Store store, Fixture fixture) {
    Position old = store.put(key("k"), bytes("v"));
    fixture.trimAbove(old);
    Transaction tx = store.begin();
    tx.readAt(old);
    tx.put(key("k"), bytes("w"));
    assertThrows(StoreException.Conflict.class, tx::commit);
  }

  private static Position commitAfter(Backend backend, Position ownLast, Position... bases) {
    CommitRequest request =
        new CommitRequest(
            List.of(bases), ownLast, List.of(), List.of(Mutation.put(key("blind"), bytes("v"))));
    return backend.commit(request, Deadline.after(Duration.ofSeconds(60)));
  }

  @Rule("C9")
  default void aWriterWhoseLastCommitIsLostIsTold(Fixture fixture) {
    Backend backend = fixture.backend();
    Position own = commitAfter(backend, null);
    commitAfter(backend, own);
    Position head = commitAfter(backend, own);
    Position lost = new Position(own.revision(), own.token() + 1);
    Position above = Position.of(head.revision().number() + 1, own.token());
    assertThrows(StoreException.Diverged.class, () -> commitAfter(backend, lost));
    assertThrows(StoreException.Diverged.class, () -> commitAfter(backend, above));
    assertThrows(StoreException.Diverged.class, () -> commitAfter(backend, lost, head));
    assertEquals(head, fixture.status().head(), "head after three divergences");
  }

  @History(commits = 10)
  @Rule("C9")
  default void aLastCommitFromBeforeTheHistoryProvesNothing(Store store, Fixture fixture) {
    Backend backend = fixture.backend();
    Position own = commitAfter(backend, null);
    fixture.trimAbove(own);
    assertTrue(commitAfter(backend, own).isAfter(own));
  }
}
