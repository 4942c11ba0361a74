package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mirror over a real database, which others write to and tamper with. */
final class MirrorOfSqliteTest {
  @TempDir Path folder;
  private final List<Drift> drifts = new CopyOnWriteArrayList<>();
  private Path file;
  private Store store;

  @BeforeEach
  void openStore() {
    file = folder.resolve("mirrored.db");
    store = Store.open("sqlite:" + file);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void rowsChangedByPlainSqlAreFoundInOnePassAndAdopted() throws SQLException {
    for (int i = 0; i < 20; i++) {
      store.put(key(i), bytes("word " + i));
    }
    try (Mirror<String> mirror = Words.mirror(store).onDrift(drifts::add).open()) {
      mirror.awaitReady(LONG);
      tamper("UPDATE holdfast_entries SET entry_value = x'61' WHERE entry_key = ?", key(3));
      tamper("UPDATE holdfast_entries SET created = 1 WHERE entry_key = ?", key(5));
      tamper("UPDATE holdfast_entries SET modified = 1 WHERE entry_key = ?", key(7));
      tamper("DELETE FROM holdfast_entries WHERE entry_key = ?", key(9));
      tamper(
          "INSERT INTO holdfast_entries (entry_key, entry_value, created, modified)"
              + " VALUES (?, x'62', 1, 1)",
          key(100));
      Verification pass = mirror.verifyNow(LONG);
      assertEquals(5, pass.drifts());
      assertEquals(5, pass.repaired());
      assertEquals(
          List.of(
              Drift.Kind.EXTRA_IN_MIRROR,
              Drift.Kind.MISSING_IN_MIRROR,
              Drift.Kind.VALUE,
              Drift.Kind.VERSION,
              Drift.Kind.VERSION),
          drifts.stream().map(Drift::kind).sorted(byName()).toList());
      Snapshot<String> now = mirror.snapshot();
      assertEquals("a", now.get(key(3)).orElseThrow().value());
      assertEquals("b", now.get(key(100)).orElseThrow().value());
      assertTrue(now.get(key(9)).isEmpty());
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  private static Comparator<Drift.Kind> byName() {
    return Comparator.comparing(Enum::name);
  }

  private void tamper(String sql, Key key) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + file + "?busy_timeout=60000");
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setBytes(1, key.toBytes());
      assertEquals(1, statement.executeUpdate());
    }
  }

  @Test
  void everySnapshotIsWholeAndNoAlarmIsFalseWhileOthersWrite() {
    try (Bank bank = new Bank(store, 200).withWriters(3);
        Store other = Store.open("sqlite:" + file);
        Mirror<Long> mirror =
            Mirror.of(other, Bank::balance)
                .range(Bank.ACCOUNTS)
                .index(Bank.BY_DIGIT)
                .onDrift(drifts::add)
                .verifyEvery(Duration.ofMillis(100))
                .maxWait(LONG)
                .open()) {
      Snapshot<Long> last = mirror.snapshot();
      int different = 0;
      Deadline enough = Deadline.after(Duration.ofSeconds(2));
      Deadline patience = Deadline.after(LONG);
      while (!enough.hasPassed() || (different <= 10 && !patience.hasPassed())) {
        Snapshot<Long> now = mirror.snapshot(Freshness.LINEARIZABLE, LONG);
        assertEquals(List.of(Bank.SUM, Bank.SUM), Bank.sums(now));
        assertFalse(last.position().isAfter(now.position()));
        different += now == last ? 0 : 1;
        last = now;
      }
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertTrue(bank.moved() > 0);
      assertTrue(different > 10, "snapshots seen: " + different);
      assertEquals(List.of(), drifts);
      assertEquals(1, mirror.state().timeline());
    }
  }

  @Test
  void mirrorSeesWhatItsOwnHandleCommits() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      for (int i = 0; i < 20; i++) {
        Snapshot<String> now =
            mirror.snapshot(Freshness.atLeast(store.put(key(i), bytes("w" + i))), LONG);
        assertEquals(i + 1, values(now.range(ALL)).size());
      }
    }
  }
}
