package io.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.conformance.Observation.Outcome;
import io.holdfast.conformance.Observation.Read;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.WatchBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The checker reports each sort of bad history, and no good one. */
final class HistoryCheckerTest {
  private static final Key X = Bytes.key("x");
  private static final Key Y = Bytes.key("y");
  private static final KeyRange BOTH = KeyRange.from(X);

  private final List<Observation> observations = new ArrayList<>();
  private final List<WatchBatch> watch = new ArrayList<>();

  private static Position at(long revision) {
    return Position.of(revision, revision * 31);
  }

  private static Read key(Key key, String value) {
    Map<Key, String> found = value == null ? Map.of() : Map.of(key, value);
    return new Read(KeyRange.single(key), found, found.size());
  }

  private static Read range(Map<Key, String> found) {
    return new Read(BOTH, found, found.size());
  }

  private static Map<Key, Optional<String>> put(Key key, String value) {
    return Map.of(key, Optional.of(value));
  }

  /** A transaction that runs from one moment to another. */
  private void tx(
      long from, long to, long revision, List<Read> reads, Map<Key, Optional<String>> writes) {
    observations.add(
        new Observation(
            "t" + observations.size(), from, to, reads, writes, Outcome.COMMITTED, at(revision)));
  }

  private void refused(long from, long to, Map<Key, Optional<String>> writes) {
    observations.add(
        new Observation("refused", from, to, List.of(), writes, Outcome.REFUSED, null));
  }

  private void batch(long previous, long revision, Map<Key, String> values) {
    List<Event> events = new ArrayList<>();
    new TreeMap<>(values)
        .forEach(
            (key, value) ->
                events.add(
                    Event.put(
                        KeyValue.of(
                            key,
                            Bytes.bytes(value),
                            new Revision(revision),
                            new Revision(revision)))));
    watch.add(new WatchBatch(at(previous), at(revision), events));
  }

  private List<String> check(Map<Key, String> end) {
    return check(end, false);
  }

  private List<String> check(Map<Key, String> end, boolean sharesRevisions) {
    List<List<WatchBatch>> watches = watch.isEmpty() ? List.of() : List.of(watch);
    return HistoryChecker.check(at(0), observations, watches, end, sharesRevisions);
  }

  private void assertFound(String rule, Map<Key, String> end) {
    List<String> anomalies = check(end);
    assertTrue(
        anomalies.stream().anyMatch(text -> text.startsWith("[" + rule + "]")),
        "no anomaly of " + rule + " in " + anomalies);
  }

  @Test
  void aSoundHistoryHasNoAnomaly() {
    tx(0, 1, 1, List.of(key(X, null)), put(X, "a"));
    tx(0, 3, 2, List.of(range(Map.of(X, "a"))), put(Y, "b"));
    tx(2, 5, 1, List.of(key(X, "a"), key(Y, null)), Map.of());
    tx(4, 5, 3, List.of(), Map.of(X, Optional.empty(), Y, Optional.of("c")));
    refused(0, 9, put(X, "never"));
    batch(0, 1, Map.of(X, "a"));
    batch(1, 2, Map.of(Y, "b"));
    watch.add(
        new WatchBatch(
            at(2),
            at(3),
            List.of(
                Event.delete(X),
                Event.put(KeyValue.of(Y, Bytes.bytes("c"), new Revision(2), new Revision(3))))));
    assertEquals(List.of(), check(Map.of(Y, "c")));
  }

  @Test
  void commitsOfOneRevisionAreSoundWhereTheStoreMaySoAndTheyAreIndependent() {
    tx(0, 5, 1, List.of(key(X, null)), put(X, "a"));
    tx(0, 5, 1, List.of(key(Y, null)), put(Y, "b"));
    tx(6, 7, 2, List.of(key(X, "a"), key(Y, "b")), put(X, "c"));
    batch(0, 1, Map.of(X, "a", Y, "b"));
    watch.add(
        new WatchBatch(
            at(1),
            at(2),
            List.of(
                Event.put(KeyValue.of(X, Bytes.bytes("c"), new Revision(1), new Revision(2))))));
    Map<Key, String> end = Map.of(X, "c", Y, "b");
    assertEquals(List.of(), check(end, true));
    assertFound("C2", end);
  }

  @Test
  void writeSkewInOneRevisionIsFound() {
    tx(0, 5, 1, List.of(key(Y, null)), put(X, "1"));
    tx(0, 5, 1, List.of(key(X, null)), put(Y, "1"));
    List<String> anomalies = check(Map.of(X, "1", Y, "1"), true);
    assertTrue(anomalies.stream().anyMatch(text -> text.startsWith("[C2]")), anomalies.toString());
  }

  @Test
  void aWatchThatShowsHalfOfARevisionIsFound() {
    tx(0, 5, 1, List.of(), put(X, "a"));
    tx(0, 5, 1, List.of(), put(Y, "b"));
    batch(0, 1, Map.of(X, "a"));
    List<String> anomalies = check(Map.of(X, "a", Y, "b"), true);
    assertTrue(anomalies.stream().anyMatch(text -> text.startsWith("[W2]")), anomalies.toString());
  }

  @Test
  void aLostUpdateIsFound() {
    tx(0, 1, 1, List.of(), put(X, "0"));
    tx(2, 5, 2, List.of(key(X, "0")), put(X, "1"));
    tx(2, 5, 3, List.of(key(X, "0")), put(X, "2"));
    assertFound("C4", Map.of(X, "2"));
  }

  @Test
  void writeSkewIsFound() {
    tx(0, 5, 1, List.of(key(X, null), key(Y, null)), put(X, "1"));
    tx(0, 5, 2, List.of(key(X, null), key(Y, null)), put(Y, "1"));
    assertFound("C4", Map.of(X, "1", Y, "1"));
  }

  @Test
  void aPhantomIsFound() {
    tx(0, 5, 1, List.of(), put(X, "1"));
    tx(0, 5, 2, List.of(range(Map.of())), put(Y, "sum"));
    assertFound("C4", Map.of(X, "1", Y, "sum"));
  }

  @Test
  void aDeletionThatARangeDidNotSeeIsFound() {
    tx(0, 5, 1, List.of(), put(X, "1"));
    tx(0, 5, 2, List.of(), Map.of(X, Optional.empty(), Y, Optional.of("y")));
    tx(0, 5, 3, List.of(new Read(BOTH, null, 2)), put(X, "2"));
    assertFound("C4", Map.of(X, "2", Y, "y"));
  }

  @Test
  void aTornReadIsFound() {
    tx(0, 5, 1, List.of(), Map.of(X, Optional.of("1"), Y, Optional.of("1")));
    tx(0, 5, 1, List.of(key(X, "1"), key(Y, null)), Map.of());
    assertFound("C4", Map.of(X, "1", Y, "1"));
  }

  @Test
  void aStaleReadIsFound() {
    tx(0, 1, 1, List.of(), put(X, "1"));
    tx(2, 3, 2, List.of(), put(X, "2"));
    tx(4, 5, 1, List.of(key(X, "1")), Map.of());
    assertFound("R1", Map.of(X, "2"));
  }

  @Test
  void aCommitBehindTheBackOfALaterOneIsFound() {
    tx(0, 1, 2, List.of(), put(X, "2"));
    tx(2, 3, 1, List.of(), put(Y, "1"));
    assertFound("R1", Map.of(X, "2", Y, "1"));
  }

  @Test
  void aRevisionThatIsGivenOutTwiceIsFound() {
    tx(0, 5, 1, List.of(), put(X, "1"));
    tx(0, 5, 1, List.of(), put(Y, "2"));
    assertFound("C2", Map.of(X, "1", Y, "2"));
  }

  @Test
  void anAcknowledgedWriteThatIsMissingIsFound() {
    tx(0, 1, 1, List.of(), put(X, "1"));
    assertFound("C3", Map.of());
  }

  @Test
  void aWriteOfARefusedTransactionIsFound() {
    refused(0, 1, put(X, "no"));
    tx(2, 3, 0, List.of(key(X, "no")), Map.of());
    assertFound("C5", Map.of());
  }

  @Test
  void aWriteOfARefusedTransactionThatStaysIsFound() {
    refused(0, 1, put(X, "no"));
    assertFound("C5", Map.of(X, "no"));
  }

  @Test
  void anotherTokenIsFound() {
    tx(0, 1, 1, List.of(), put(X, "1"));
    observations.add(
        new Observation("reader", 2, 3, List.of(), Map.of(), Outcome.COMMITTED, Position.of(1, 7)));
    assertFound("H2", Map.of(X, "1"));
  }

  private void twoCommits() {
    tx(0, 1, 1, List.of(), Map.of(X, Optional.of("1"), Y, Optional.of("1")));
    tx(2, 3, 2, List.of(), put(X, "2"));
  }

  @Test
  void aCommitThatAWatchLeftOutIsFound() {
    twoCommits();
    batch(0, 2, Map.of(X, "2"));
    assertFound("W1", Map.of(X, "2", Y, "1"));
  }

  @Test
  void aCommitThatAWatchDeliversTwiceIsFound() {
    twoCommits();
    batch(0, 1, Map.of(X, "1", Y, "1"));
    batch(1, 2, Map.of(X, "2"));
    batch(2, 2, Map.of(X, "2"));
    assertFound("W1", Map.of(X, "2", Y, "1"));
  }

  @Test
  void aTornBatchIsFound() {
    twoCommits();
    batch(0, 1, Map.of(X, "1"));
    batch(1, 2, Map.of(X, "2"));
    assertFound("W2", Map.of(X, "2", Y, "1"));
  }

  @Test
  void twoCommitsInOneBatchAreFound() {
    twoCommits();
    batch(0, 2, Map.of(X, "2", Y, "1"));
    assertFound("W2", Map.of(X, "2", Y, "1"));
  }

  @Test
  void aBatchThatDoesNotFollowIsFound() {
    twoCommits();
    batch(0, 1, Map.of(X, "1", Y, "1"));
    batch(0, 2, Map.of(X, "2"));
    assertFound("W3", Map.of(X, "2", Y, "1"));
  }

  @Test
  void aCommitOfNobodyIsFound() {
    batch(0, 1, Map.of(X, "1"));
    assertFound("W1", Map.of());
  }

  private void unknown(long from, long to, List<Read> reads, Map<Key, Optional<String>> writes) {
    observations.add(new Observation("cut", from, to, reads, writes, Outcome.UNKNOWN, null));
  }

  @Test
  void whatAnUnknownOutcomeLeftMayBeRead() {
    unknown(0, 1, List.of(key(X, null)), put(X, "1"));
    tx(2, 3, 1, List.of(key(X, "1")), Map.of());
    tx(4, 5, 2, List.of(key(X, "1")), put(X, "2"));
    batch(0, 1, Map.of(X, "1"));
    watch.add(
        new WatchBatch(
            at(1),
            at(2),
            List.of(
                Event.put(KeyValue.of(X, Bytes.bytes("2"), new Revision(1), new Revision(2))))));
    assertEquals(List.of(), check(Map.of(X, "2")));
  }

  @Test
  void halfOfAnUnknownOutcomeIsFound() {
    unknown(0, 1, List.of(), Map.of(X, Optional.of("1"), Y, Optional.of("1")));
    batch(0, 1, Map.of(X, "1"));
    assertFound("W2", Map.of(X, "1"));
  }

  @Test
  void aLostUpdateOfAnUnknownOutcomeIsFound() {
    tx(0, 1, 1, List.of(), put(X, "0"));
    unknown(2, 5, List.of(key(X, null)), put(X, "1"));
    batch(0, 1, Map.of(X, "0"));
    batch(1, 2, Map.of(X, "1"));
    assertFound("C4", Map.of(X, "1"));
  }

  @Test
  void aCommitThatIsLostBesideAnUnknownOutcomeIsFound() {
    unknown(0, 1, List.of(), put(X, "1"));
    batch(0, 1, Map.of(X, "1"));
    assertFound("C3", Map.of());
  }

  @Test
  void anUnknownOutcomeMayHaveHappenedOrNot() {
    observations.add(new Observation("cut", 0, 1, List.of(), put(X, "1"), Outcome.UNKNOWN, null));
    assertEquals(List.of(), check(Map.of()));
    batch(0, 1, Map.of(X, "1"));
    assertEquals(List.of(), check(Map.of(X, "1")));
  }
}
