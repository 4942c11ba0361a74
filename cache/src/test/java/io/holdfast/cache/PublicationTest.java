package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Commits, repairs and growth of the look-up by key, seen by readers who run in between: a model
 * checker stops each thread wherever it touches what both see, and the answers must be as if all
 * had come one after the other; so nothing that one reader sees ever goes back. Five ways to do it
 * wrong show that it would be noticed. {@code -Dholdfast.lincheck.schedules} sets how many ways to
 * run are tried for each test.
 */
final class PublicationTest {
  private static final int KEYS = 3;
  private static final int OTHERS = 5; // with them the table is as full as it gets
  private static final Key[] NAMES = new Key[KEYS + 2 * OTHERS];
  private static final Layout<Integer> LAYOUT =
      new Layout<>(List.of(KeyRange.all()), List.of(), null, null);
  private static final Updater<Integer> UPDATER =
      new Updater<>(LAYOUT, KeyValue::valueLength, false, new Alerts(drift -> {}));

  static {
    Arrays.setAll(NAMES, i -> Key.of("key", i));
  }

  /** A mirror's newest snapshot, and who changes it; the checker makes one for each run. */
  public static class Shown {
    volatile Snapshot<Integer> newest = UPDATER.load(Position.of(1, 1), List.of());
    private int written;

    /** Begins with an almost full table. */
    public Shown() {
      commit(1, 0, KEYS + OTHERS);
    }

    /** Writes some keys, or deletes them, and shows it; at the same revision it is a repair. */
    void commit(long revision, int from, int to, boolean deletes) {
      List<Updater.Decoded<Integer>> events = new ArrayList<>();
      for (int i = from; i < to; i++) {
        KeyValue stored = KeyValue.adopt(NAMES[i], new byte[0], 1, revision);
        events.add(
            new Updater.Decoded<>(
                deletes ? Event.delete(NAMES[i]) : Event.put(stored),
                deletes ? null : new Entry<>(stored, ++written),
                List.of()));
      }
      show(Position.of(revision, revision), events);
    }

    void show(Position position, List<Updater.Decoded<Integer>> events) {
      newest = UPDATER.apply(newest, position, events).after();
    }

    private void commit(long steps, int from, int to) {
      commit(newest.position().revision().number() + steps, from, to, false);
    }

    /** One commit that writes or creates every key. */
    @Operation(nonParallelGroup = "follower")
    public void putAll() {
      commit(1, 0, KEYS);
    }

    /** One commit that deletes every key. */
    @Operation(nonParallelGroup = "follower")
    public void deleteAll() {
      commit(newest.position().revision().number() + 1, 0, KEYS, true);
    }

    /** Mends every key, without a commit. */
    @Operation(nonParallelGroup = "follower")
    public void repairAll() {
      commit(0, 0, KEYS);
    }

    /** One commit with more keys than the table has room for. */
    @Operation(nonParallelGroup = "follower")
    public void grow() {
      commit(1, KEYS, NAMES.length);
    }

    /** All keys of one snapshot, the first once more at the end; 0 for what is missing. */
    @Operation
    public List<Integer> read() {
      Snapshot<Integer> now = newest;
      return List.of(value(now, 0), value(now, 1), value(now, 2), value(now, 0));
    }

    /** The newest value of one key. */
    @Operation
    public int newestValue() {
      return value(newest, 0);
    }

    /** Where the newest snapshot stands. */
    @Operation
    public long position() {
      return newest.position().revision().number();
    }

    static int value(Snapshot<Integer> snapshot, int number) {
      Entry<Integer> entry = snapshot.find(NAMES[number]);
      return entry == null ? 0 : entry.value();
    }
  }

  /** Wrong: shows half of a commit. */
  public static final class InTwoSteps extends Shown {
    @Override
    void show(Position position, List<Updater.Decoded<Integer>> events) {
      super.show(position, events.subList(0, 1));
      super.show(position, events.subList(1, events.size()));
    }
  }

  /** Wrong: shows a snapshot before the table has its entries. */
  public static final class TableLate extends Shown {
    @Override
    void show(Position position, List<Updater.Decoded<Integer>> events) {
      Snapshot<Integer> before = newest;
      List<Edit<Key, Entry<Integer>>> edits = edits(events);
      newest = with(before, position, edits);
      before.byKey().apply(edits, newest.items(), position.revision().number());
    }
  }

  /** Wrong: older snapshots cannot know that something was removed. */
  public static final class RemovalUntold extends Shown {
    @Override
    void show(Position position, List<Updater.Decoded<Integer>> events) {
      List<Edit<Key, Entry<Integer>>> edits = edits(events);
      Snapshot<Integer> after = with(newest, position, edits);
      after.byKey().apply(edits, after.items(), 0);
      newest = after;
    }
  }

  /** Wrong: tells of a position before its snapshot is shown. */
  public static final class PositionEarly extends Shown {
    private volatile long told = 1;

    @Override
    void show(Position position, List<Updater.Decoded<Integer>> events) {
      told = position.revision().number();
      super.show(position, events);
    }

    @Override
    public long position() {
      return told;
    }
  }

  /** Wrong: takes the newest value of a key from the table, which is ahead of the snapshot. */
  public static final class TableAlone extends Shown {
    @Override
    public int newestValue() {
      KeyTable<Integer> table = newest.byKey();
      Entry<?> found = table.find(NAMES[0], Long.MAX_VALUE, table.generation());
      return KeyTable.isUnsure(found) || found == null ? 0 : (Integer) found.value();
    }
  }

  private static List<Edit<Key, Entry<Integer>>> edits(List<Updater.Decoded<Integer>> events) {
    List<Edit<Key, Entry<Integer>>> edits = new ArrayList<>();
    for (Updater.Decoded<Integer> decoded : events) {
      edits.add(new Edit<>(decoded.event().key(), decoded.entry()));
    }
    return edits;
  }

  private static Snapshot<Integer> with(
      Snapshot<Integer> before, Position position, List<Edit<Key, Entry<Integer>>> edits) {
    return new Snapshot<>(
        position,
        LAYOUT,
        before.items().apply(edits),
        before.byKey(),
        List.of(),
        before.undecodable());
  }

  private static Actor actor(String operation) {
    try {
      Method method = Shown.class.getMethod(operation);
      return new Actor(method, List.of());
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  /** Two commits in one thread, two reads in another. */
  private static void check(Class<? extends Shown> shown, String... writes) {
    check(shown, List.of(writes), List.of("read", "read"));
  }

  private static void check(Class<? extends Shown> shown, List<String> writes, List<String> reads) {
    List<Actor> reader = reads.stream().map(PublicationTest::actor).toList();
    List<Actor> writer = writes.stream().map(PublicationTest::actor).toList();
    new ModelCheckingOptions()
        .iterations(0)
        .invocationsPerIteration(Integer.getInteger("holdfast.lincheck.schedules", 50))
        .minimizeFailedScenario(false)
        .addCustomScenario(
            new ExecutionScenario(List.of(), List.of(writer, reader), List.of(actor("read")), null))
        .check(shown);
  }

  /** A reader who looks at one key, asks for the position, and then reads a whole snapshot. */
  private static void checkNeverGoesBack(Class<? extends Shown> shown, String... writes) {
    check(shown, List.of(writes), List.of("newestValue", "position", "read"));
  }

  @Test
  void readersSeeWholeCommits() {
    check(Shown.class, "putAll", "putAll");
  }

  @Test
  void readersSeeWholeDeletions() {
    check(Shown.class, "deleteAll", "putAll");
  }

  @Test
  void readersSeeWholeRepairs() {
    check(Shown.class, "repairAll", "deleteAll");
  }

  @Test
  void readersSeeWholeCommitsWhileTheTableGrows() {
    check(Shown.class, "grow", "putAll");
  }

  @Test
  void readersNeverGoBack() {
    checkNeverGoesBack(Shown.class, "deleteAll", "putAll");
  }

  @Test
  void newestValueAheadOfItsSnapshotWouldBeNoticed() {
    assertThrows(
        LincheckAssertionError.class,
        () -> checkNeverGoesBack(TableAlone.class, "putAll", "putAll"));
  }

  @Test
  void positionAheadOfItsSnapshotWouldBeNoticed() {
    assertThrows(
        LincheckAssertionError.class,
        () -> checkNeverGoesBack(PositionEarly.class, "putAll", "putAll"));
  }

  @Test
  void halfOfACommitWouldBeNoticed() {
    assertThrows(LincheckAssertionError.class, () -> check(InTwoSteps.class, "putAll", "putAll"));
  }

  @Test
  void tableBehindItsSnapshotWouldBeNoticed() {
    assertThrows(LincheckAssertionError.class, () -> check(TableLate.class, "putAll", "putAll"));
  }

  @Test
  void removalThatOlderSnapshotsAreNotToldOfWouldBeNoticed() {
    assertThrows(
        LincheckAssertionError.class, () -> check(RemovalUntold.class, "deleteAll", "deleteAll"));
  }
}
