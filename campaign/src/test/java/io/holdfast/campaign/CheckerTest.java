package io.holdfast.campaign;

import static io.holdfast.campaign.Made.item;
import static io.holdfast.campaign.Made.register;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Shows that the checker is content with good histories and finds every sort of bad one. */
final class CheckerTest {
  private static final int A = register(0);
  private static final int B = register(1);
  private static final List<Read> NO_READS = List.of();

  private final Made made = new Made();

  private void assertBroken(String... rules) {
    assertEquals(List.of(rules), made.broken());
  }

  @Test
  void aGoodHistoryIsGood() {
    made.commit(NO_READS, A, B);
    Read a = made.sees(A);
    made.read(a, made.sees(B));
    made.commit(List.of(a), A);
    made.refused(Outcome.TIMEOUT, List.of(made.sees(A)), B);
    made.commit(List.of(made.sees(item(0), item(9))), item(3));
    made.commit(List.of(made.sees(item(3))), ~item(3));
    made.commit(NO_READS, item(3), ~item(4), A);
    made.read(Read.counted(item(0), item(9), 1), made.sees(item(0), item(9)));
    assertBroken();
  }

  @Test
  void aGoodHistoryWithWatchersIsGood() {
    made.commit(NO_READS, A, B);
    made.commit(NO_READS, Space.ACCOUNT.number(1));
    made.watched(made.commits());
    Commit progress = Made.commit(Made.START + 1);
    made.watched(Space.ACCOUNT, List.of(progress, made.commits().get(1)), null);
    Commit both =
        new Commit(
            Made.START,
            Made.token(Made.START),
            made.revision(),
            Made.token(made.revision()),
            made.commits().get(1).events());
    made.watched(Space.ACCOUNT, List.of(both), null);
    assertBroken();
  }

  @Test
  void openOutcomesMayBeEither() {
    made.commit(NO_READS, A, B);
    made.refused(Outcome.UNKNOWN, NO_READS, A);
    made.openAndStanding(Outcome.UNKNOWN, List.of(made.sees(A)), A);
    made.openAndStanding(Outcome.KILLED, NO_READS, B);
    made.commit(List.of(made.sees(A), made.sees(B)), A);
    Checker.Verdict verdict = Checker.check(made.history());
    assertTrue(verdict.violations().isEmpty(), () -> verdict.violations().texts().toString());
    assertEquals(2, verdict.stood());
  }

  @Test
  void ofTwoOpenDeletionsTheOneThatCouldIsTaken() {
    made.commit(NO_READS, A);
    long first = made.revision();
    Read old = Read.one(Read.Sort.EXPECTED, A, 0, 0, first);
    made.commit(NO_READS, A);
    made.refused(Outcome.KILLED, List.of(old), ~A);
    made.openAndStanding(Outcome.KILLED, List.of(made.sees(A)), ~A);
    assertBroken();
  }

  @Test
  void c3aLostAcknowledgementIsFound() {
    made.commit(NO_READS, A);
    Operation lost = made.refused(Outcome.COMMITTED, NO_READS, B);
    made.replace(lost.standing(Made.commit(made.revision() + 1)));
    assertBroken("C3");
  }

  @Test
  void c3anAcknowledgementThatAnotherCommitReplacedIsFound() {
    Operation first = made.commit(NO_READS, A);
    Operation lost = made.refused(Outcome.COMMITTED, NO_READS, B);
    Commit other =
        new Commit(Made.START, Made.token(Made.START), first.revision(), 4711, new long[0]);
    made.replace(lost.standing(other));
    assertBroken("C3", "R1");
  }

  @Test
  void c2oneRevisionForTwoCommitsIsFound() {
    Operation first = made.commit(NO_READS, A);
    Operation second = made.refused(Outcome.COMMITTED, NO_READS, B);
    made.replace(second.standing(Made.commit(first.revision())));
    assertBroken("C2", "R1");
  }

  @Test
  void commitsThatHaveNothingToDoWithEachOtherMayShareARevision() {
    made.commit(NO_READS, A, item(1), item(2));
    made.together(
        made.refused(Outcome.COMMITTED, List.of(made.sees(A)), A),
        made.refused(Outcome.COMMITTED, List.of(made.sees(B)), B),
        made.refused(Outcome.KILLED, NO_READS, item(3)),
        made.refused(Outcome.UNKNOWN, List.of(made.sees(item(1))), ~item(1)),
        made.refused(Outcome.UNKNOWN, List.of(made.sees(item(2))), ~item(2)));
    made.commit(List.of(made.sees(A), made.sees(item(0), item(9))), B);
    Checker.Verdict verdict = Checker.check(made.history());
    assertTrue(verdict.violations().isEmpty(), () -> verdict.violations().texts().toString());
    assertEquals(3, verdict.stood());
  }

  @Test
  void c2commitsThatShareARevisionAndRelyOnEachOtherAreFound() {
    made.commit(NO_READS, A);
    made.together(
        made.refused(Outcome.COMMITTED, List.of(made.sees(B)), A),
        made.refused(Outcome.COMMITTED, List.of(made.sees(A)), B));
    assertBroken("C2");
  }

  @Test
  void c2commitsThatShareARevisionAndMissedTheSameKeyAreFound() {
    Read absent = Read.absent(Read.Sort.EXPECTED, B, B + 1);
    made.together(
        made.refused(Outcome.COMMITTED, List.of(absent), A),
        made.refused(Outcome.COMMITTED, List.of(absent), item(1)));
    assertBroken("C2");
  }

  @Test
  void r1commitsThatShareARevisionOneAfterTheOtherAreFound() {
    Operation first = made.refused(Outcome.COMMITTED, NO_READS, A);
    Operation second = made.refused(Outcome.COMMITTED, NO_READS, B);
    made.together(first, second);
    Commit both = made.commits().get(0);
    made.replace(at(second, 100, 110).standing(both));
    assertBroken("R1");
  }

  @Test
  void c12aRefusedPartOfASharedRevisionIsFound() {
    made.together(
        made.refused(Outcome.COMMITTED, NO_READS, A), made.refused(Outcome.TIMEOUT, NO_READS, B));
    assertBroken("C1", "C12");
  }

  @Test
  void c10aCommitThatStandsTwiceIsFound() {
    Operation twice = made.commit(NO_READS, A);
    made.append(twice);
    assertBroken("C10");
  }

  @Test
  void c10anOpenCommitThatStandsTwiceIsFound() {
    Operation twice = made.openAndStanding(Outcome.UNKNOWN, NO_READS, A);
    made.append(twice);
    assertBroken("C10");
  }

  @Test
  void c12aRefusedCommitThatAppearsIsFound() {
    for (Outcome outcome : List.of(Outcome.TIMEOUT, Outcome.INTERRUPTED, Outcome.REFUSED)) {
      Made refused = new Made();
      refused.commit(NO_READS, A);
      refused.openAndStanding(outcome, NO_READS, B);
      assertEquals(List.of("C12"), refused.broken(), outcome.name());
    }
  }

  @Test
  void c12aRefusedDeletionThatAppearsIsFound() {
    made.commit(NO_READS, A);
    made.openAndStanding(Outcome.TIMEOUT, List.of(made.sees(A)), ~A);
    assertBroken("C12");
  }

  @Test
  void c5aConflictWithNothingIsFound() {
    made.commit(NO_READS, A);
    made.commit(NO_READS, item(1));
    made.refused(Outcome.CONFLICT, List.of(made.sees(A), made.sees(B)), A);
    made.refused(Outcome.CONFLICT, List.of(Read.absent(Read.Sort.EXPECTED, B, B + 1)), A);
    made.refused(Outcome.CONFLICT, List.of(Read.counted(item(0), item(9), 1)), A);
    made.refused(Outcome.CONFLICT, NO_READS, A);
    Checker.Verdict verdict = Checker.check(made.history());
    assertEquals(Map.of("C5", 4L), verdict.violations().counts());
  }

  @Test
  void c5aConflictWithAChangeIsNone() {
    made.commit(NO_READS, A);
    Operation early = made.refused(Outcome.CONFLICT, List.of(made.sees(A)), A);
    made.refused(Outcome.CONFLICT, List.of(Read.absent(Read.Sort.EXPECTED, A, A + 1)), A);
    Operation other = made.commit(NO_READS, A);
    made.replace(at(early, early.invoked(), other.invoked() + 1));
    assertBroken();
  }

  @Test
  void c4aLostUpdateIsFound() {
    made.commit(NO_READS, A);
    Read before = made.sees(A);
    made.commit(List.of(before), A);
    made.commit(List.of(before), A);
    assertBroken("C4");
  }

  @Test
  void c4aWriteSkewIsFound() {
    made.commit(NO_READS, A, B);
    List<Read> both = List.of(made.sees(A), made.sees(B));
    made.commit(both, A);
    made.commit(both, B);
    assertBroken("C4");
  }

  @Test
  void c4aPhantomIsFound() {
    Read none = made.sees(item(0), item(9));
    made.commit(List.of(none), item(3));
    made.commit(List.of(none), item(4));
    assertBroken("C4");
  }

  @Test
  void c4aDeletionInARangeThatWasReadIsFound() {
    made.commit(NO_READS, item(3));
    made.commit(NO_READS, item(4));
    Read two = made.sees(item(0), item(9));
    made.commit(List.of(made.sees(item(3))), ~item(3));
    made.commit(List.of(two), A);
    assertBroken("C4");
  }

  @Test
  void c4aCountThatIsOffByOneIsFound() {
    made.commit(NO_READS, item(3));
    made.commit(List.of(Read.counted(item(0), item(9), 2)), A);
    assertBroken("C4");
  }

  @Test
  void c4aReaderOfTwoStatesIsFound() {
    made.commit(NO_READS, A, B);
    Read old = made.sees(A);
    made.commit(NO_READS, A, B);
    made.read(old, made.sees(B));
    assertBroken("C4");
  }

  @Test
  void c4aFailedExpectationIsFound() {
    made.commit(NO_READS, A);
    made.commit(List.of(Read.absent(Read.Sort.EXPECTED, A, A + 1)), A);
    assertBroken("C4");
  }

  @Test
  void r1aStaleReaderIsFound() {
    made.commit(NO_READS, A);
    Read old = made.sees(A);
    made.commit(NO_READS, A);
    made.readAt(made.revision() - 1, old);
    assertBroken("R1");
  }

  @Test
  void r1aStaleReadOfARefusedOperationIsFound() {
    made.commit(NO_READS, A);
    Read old = made.sees(A);
    made.commit(NO_READS, A);
    made.refused(Outcome.CONFLICT, List.of(old), B);
    assertBroken("R1");
  }

  @Test
  void r1aTornRangeThatARefusedOperationReadIsFound() {
    made.commit(NO_READS, item(1), item(2));
    Operation second = made.commit(NO_READS, item(1), item(2));
    Read one = made.sees(item(1));
    Read two = Read.one(Read.Sort.READ, item(2), second.id() - 1, Made.START + 1, Made.START + 1);
    Read torn = Read.range(item(0), item(9), List.of(one, two));
    made.refused(Outcome.CONFLICT, List.of(torn), B);
    assertBroken("R1");
  }

  @Test
  void r1aReadOfARefusedWriteIsFound() {
    made.commit(NO_READS, A);
    Operation refused = made.refused(Outcome.TIMEOUT, NO_READS, A);
    Read dirty = Read.one(Read.Sort.READ, A, refused.id(), Made.START + 1, Made.START + 2);
    made.refused(Outcome.TIMEOUT, List.of(dirty), B);
    assertBroken("R1");
  }

  @Test
  void r1aCommitBeforeWhatHadEndedIsFound() {
    Operation second = made.commit(NO_READS, A);
    Operation first = made.commit(NO_READS, B);
    made.replace(at(second, 100, 110));
    made.replace(at(first, 50, 60));
    assertBroken("R1");
  }

  private static Operation at(Operation o, long invoked, long completed) {
    return new Operation(
        o.id(),
        o.kind(),
        invoked,
        completed,
        o.reads(),
        o.writes(),
        o.outcome(),
        o.revision(),
        o.token());
  }

  @Test
  void c9anOperationThatIsToldOfAnotherHistoryIsFound() {
    made.commit(NO_READS, A);
    made.refused(Outcome.DIVERGED, List.of(made.sees(A)), A);
    assertBroken("C9");
  }

  @Test
  void h2aPositionThatNoCommitHasIsFound() {
    made.commit(NO_READS, A);
    Operation reader = made.read(made.sees(A));
    Commit elsewhere = new Commit(0, 0, made.revision(), 4711, new long[0]);
    made.replace(reader.standing(elsewhere));
    assertBroken("H2");
  }

  @Test
  void c1aCommitThatIsNotWhatWasWrittenIsFound() {
    Operation both = made.commit(NO_READS, A, B);
    Commit half = Made.commit(both.revision(), A, both.id(), both.revision());
    made.commits().set(0, half);
    assertTrue(made.broken().contains("C1"));
  }

  @Test
  void c1aCreationThatKeepsTheOldRevisionIsFound() {
    made.commit(NO_READS, A);
    made.commit(List.of(made.sees(A)), ~A);
    Operation again = made.commit(NO_READS, A);
    Commit wrong = Made.commit(again.revision(), A, again.id(), Made.START + 1);
    made.commits().set(2, wrong);
    assertTrue(made.broken().contains("C1"));
  }

  @Test
  void c3aScanThatFindsSomethingElseIsFound() {
    made.commit(NO_READS, A);
    History history = made.history();
    List<Read> end = new ArrayList<>(history.end());
    end.set(0, Read.absent(Read.Sort.READ, register(0), register(23)));
    History other =
        new History(
            history.start(),
            history.startToken(),
            history.kept(),
            history.sharesRevisions(),
            history.operations(),
            history.commits(),
            history.watches(),
            end);
    assertEquals(1, Checker.check(other).violations().counts().get("C3"));
  }

  @Test
  void w1aMissedCommitIsFound() {
    made.commit(NO_READS, A);
    made.commit(NO_READS, B);
    made.commit(NO_READS, A);
    Commit last = made.commits().get(2);
    Commit jump =
        new Commit(
            Made.START + 1,
            Made.token(Made.START + 1),
            last.revision(),
            last.token(),
            last.events());
    made.watched(List.of(made.commits().get(0), jump));
    assertBroken("W1");
  }

  @Test
  void w1aCommitThatIsMissingAtTheEndIsFound() {
    made.commit(NO_READS, A);
    made.commit(NO_READS, B);
    made.watched(List.of(made.commits().get(0)));
    assertBroken("W1");
  }

  @Test
  void w1aCommitOfAnotherHistoryIsFound() {
    made.commit(NO_READS, A);
    Commit real = made.commits().get(0);
    made.watched(
        List.of(
            new Commit(
                real.previous(), real.previousToken(), real.revision(), 4711, real.events())));
    assertBroken("W1");
  }

  @Test
  void w2aTornBatchIsFound() {
    Operation both = made.commit(NO_READS, A, B);
    made.watched(List.of(Made.commit(both.revision(), A, both.id(), both.revision())));
    assertBroken("W2");
  }

  @Test
  void w2progressThatOvertakesEventsIsFound() {
    Operation one = made.commit(NO_READS, A);
    made.watched(List.of(Made.commit(one.revision())));
    assertBroken("W2");
  }

  @Test
  void w3aBatchThatComesTwiceIsFound() {
    made.commit(NO_READS, A);
    Commit once = made.commits().get(0);
    made.watched(List.of(once, once));
    assertBroken("W3");
  }

  @Test
  void aWatcherThatIsFartherBehindThanTheStoreKeepsMayBeTooOld() {
    made.keeps(3);
    for (int i = 0; i < 5; i++) {
      made.commit(NO_READS, A);
    }
    made.watched(null, made.commits().subList(0, 2), "StoreException$TooOld: behind");
    assertBroken();
    made.watched(null, made.commits().subList(0, 3), "StoreException$TooOld: behind");
    assertBroken("W4");
  }

  @Test
  void w4aWatchThatHadToEndIsFound() {
    made.commit(NO_READS, A);
    made.watched(null, made.commits(), "diverged");
    assertBroken("W4");
  }
}
