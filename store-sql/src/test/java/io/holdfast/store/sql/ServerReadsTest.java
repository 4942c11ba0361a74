package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reads from servers: what they cost, and what they outlast. */
@Timeout(180)
final class ServerReadsTest {
  private static final KeyRange RANGE = KeyRange.under(Key.of("k"));

  private static StoreConfig url(ServerKind kind, FaultProxy proxy, Database database) {
    return kind.url(proxy.through(database)).withTimeout(Opened.TIMEOUT);
  }

  private static void fill(Store store) {
    for (int i = 0; i < 10; i++) {
      store.put(Key.of("k", i), new byte[] {(byte) i});
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReadIsOneRoundTrip(ServerKind kind) {
    Database database = kind.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(url(kind, proxy, database))) {
      fill(store);
      // PostgreSQL's driver asks for the types of the answer when it begins to keep a statement.
      List<Runnable> reads =
          List.of(
              () -> store.get(Key.of("k", 7)),
              () -> store.get(Key.of("none")),
              () -> store.get(RANGE, 5),
              () -> store.count(RANGE),
              store::status);
      for (Runnable read : reads) {
        IntStream.range(0, 10).forEach(i -> read.run());
        Opened.await("one message for each read", () -> messages(proxy, read, 10) == 10);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPageOfLargeValuesIsMostlyOneRoundTrip(ServerKind kind) {
    Database database = kind.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(url(kind, proxy, database))) {
      store.put(Key.of("k", 1), new byte[2000]);
      Runnable read = () -> assertEquals(1, store.get(RANGE, 5).entries().size());
      IntStream.range(0, 100).forEach(i -> read.run());
      Opened.await("two for every eleventh", () -> messages(proxy, read, 22) == 24);
    }
  }

  @ParameterizedTest
  @EnumSource
  void h7aReadThatIsNotAnsweredEndsAtItsDeadline(ServerKind kind) {
    Database database = kind.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(url(kind, proxy, database))) {
      fill(store);
      store.get(Key.of("k", 7));
      proxy.blackhole();
      Store hasty = store.within(Duration.ofMillis(500));
      for (int i = 0; i < 3; i++) {
        long began = System.nanoTime();
        StoreException told = assertThrows(StoreException.class, () -> hasty.get(Key.of("k", 7)));
        // Whoever asks when an attempt to connect anew was given up is told that.
        assertTrue(
            told instanceof StoreException.Timeout
                || (i > 0 && told instanceof StoreException.Unavailable),
            told::toString);
        assertTrue(System.nanoTime() - began < Duration.ofSeconds(15).toNanos());
      }
      proxy.heal();
      assertEquals(7, store.get(Key.of("k", 7)).orElseThrow().valueBuffer().get());
    }
  }

  private static long messages(FaultProxy proxy, Runnable read, int times) {
    long before = proxy.messages(Direction.TO_SERVER);
    IntStream.range(0, times).forEach(i -> read.run());
    return proxy.messages(Direction.TO_SERVER) - before;
  }

  @ParameterizedTest
  @EnumSource
  void r3pagesOfLargeValuesAreCutAndNamePlacesInOneHistory(ServerKind kind) {
    try (Store store = Store.open(kind.url(kind.fresh()).withTimeout(Opened.TIMEOUT))) {
      byte[] large = new byte[1_500_000];
      for (int i = 0; i < 5; i++) {
        store.put(Key.of("k", 2 * i), large);
        store.put(Key.of("k", 2 * i + 1), new byte[] {(byte) i});
      }
      Page page = store.get(RANGE);
      assertEquals(4, page.entries().size(), "two large ones, and what is behind each");
      assertEquals(store.status().head(), page.position());
      KeyRange rest = page.rest().orElseThrow();
      assertEquals(Key.of("k", 4), store.get(rest).entries().get(0).key());
      KeyValue first = page.entries().get(0);
      assertArrayEquals(large, first.value());
      assertEquals(1, first.created().number());
      assertEquals(2, page.entries().get(1).modified().number());
      assertTrue(store.get(KeyRange.under(Key.of("none"))).entries().isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void valuesMoveBetweenTheColumnsForSmallAndLargeOnes(ServerKind kind) throws Exception {
    Database database = kind.fresh();
    try (Store store = Store.open(kind.url(database).withTimeout(Opened.TIMEOUT))) {
      Key key = Key.of("k", "wanderer");
      for (int length : new int[] {0, 1600, 1601, 1600, 1601, 50_000, 0}) {
        byte[] value = new byte[length];
        Arrays.fill(value, (byte) length);
        store.put(key, value);
        store.put(Map.of(key, value, Key.of("k", length), value));
        assertArrayEquals(value, store.get(key).orElseThrow().value());
        Page page = store.get(RANGE);
        assertArrayEquals(value, page.entries().get(0).value());
        assertEquals(store.count(RANGE), page.entries().size());
      }
      int most = store.status().limits().pageEntriesMax();
      assertTrue(longestSmall(database) * (most + 1L) <= Cut.ANSWER_BYTES);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEntryWithoutAValueIsDamageAndNotLeftOut(ServerKind kind) throws Exception {
    Database database = kind.fresh();
    String empty = "UPDATE holdfast_entries SET entry_value = NULL";
    try (Store store = Store.open(kind.url(database).withTimeout(Opened.TIMEOUT));
        Connection connection = database.connect();
        PreparedStatement update = connection.prepareStatement(empty)) {
      store.put(Key.of("k", 1), new byte[] {1});
      assertEquals(1, update.executeUpdate());
      assertDamaged(() -> store.get(Key.of("k", 1)));
      assertDamaged(() -> store.get(RANGE));
    }
  }

  private static void assertDamaged(Executable read) {
    StoreException.Unusable refusal = assertThrows(StoreException.Unusable.class, read);
    assertEquals(StoreException.Reason.DAMAGED, refusal.reason());
  }

  private static long longestSmall(Database database) throws Exception {
    String query =
        "SELECT MAX(octet_length(entry_value)), COUNT(large_value) FROM holdfast_entries";
    try (Connection connection = database.connect();
        PreparedStatement longest = connection.prepareStatement(query);
        ResultSet row = longest.executeQuery()) {
      row.next();
      assertEquals(2, row.getLong(2));
      return row.getLong(1);
    }
  }

  @Test
  void aPageOfMariaDbIsReadInTheOrderOfItsKeys() throws Exception {
    Database database = MariaDb.shared().freshDatabase();
    StoreConfig config = MySqlHarness.url("mariadb", database);
    try (Store store = Store.open(config)) {
      fill(store);
      Dialect dialect = new MySqlDialect(MySqlSource.of(config, "holdfast_"));
      String page = new Sql(dialect, "holdfast_").of(RANGE).page();
      StringBuilder plan = new StringBuilder();
      try (Connection connection = database.connect();
          PreparedStatement explain = connection.prepareStatement("EXPLAIN " + page)) {
        RangeSql.bindPage(explain, 1, RANGE, 100);
        try (ResultSet row = explain.executeQuery()) {
          while (row.next()) {
            plan.append(row.getString("table")).append(' ');
            plan.append(row.getString("type")).append(' ');
            plan.append(row.getString("Extra")).append('\n');
          }
        }
      }
      assertTrue(plan.toString().contains("m const"), plan.toString());
      assertFalse(plan.toString().contains("filesort"), plan.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void r5aCountIsExactWhateverLiesAroundTheRange(ServerKind kind) {
    try (Store store = Store.open(kind.url(kind.fresh()).withTimeout(Opened.TIMEOUT))) {
      assertEquals(0, store.count(RANGE));
      fill(store);
      assertEquals(10, store.count(RANGE));
      store.put(Key.of("j"), new byte[0]);
      store.put(Key.of("l"), new byte[0]);
      assertEquals(10, store.count(RANGE));
      assertEquals(11, store.count(KeyRange.from(Key.of("k"))));
      assertEquals(12, store.count(KeyRange.all()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void c4oldReadsOfRangesAreProvenThroughTheKeysAndWhatWasRemoved(ServerKind kind) {
    try (Store store = Store.open(kind.url(kind.fresh()).withTimeout(Opened.TIMEOUT))) {
      fill(store);
      Transaction untouched = reading(store, KeyRange.under(Key.of("quiet")));
      Transaction changed = reading(store, KeyRange.of(Key.of("k", 2), Key.of("k", 4)));
      Transaction removed = reading(store, KeyRange.from(Key.of("k", 8)));
      Transaction removedBetween = reading(store, KeyRange.of(Key.of("k", 8), Key.of("k", 9)));
      store.put(Key.of("k", 3), new byte[1]);
      store.delete(Key.of("k", 8));
      for (int i = 0; i < 250; i++) {
        store.put(Key.of("a", i % 3), new byte[1]);
      }
      untouched.commit();
      assertThrows(StoreException.Conflict.class, changed::commit);
      assertThrows(StoreException.Conflict.class, removed::commit);
      assertThrows(StoreException.Conflict.class, removedBetween::commit);
    }
  }

  private static Transaction reading(Store store, KeyRange range) {
    Transaction tx = store.begin();
    tx.get(range);
    tx.put(Key.of("0", range.start().orElseThrow().toBytes()), new byte[1]);
    return tx;
  }

  @ParameterizedTest
  @EnumSource
  void readsOutlastTheCutOfAllConnections(ServerKind kind) throws Exception {
    Database database = kind.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(url(kind, proxy, database))) {
      fill(store);
      inParallel(store, 8);
      proxy.strike(Direction.TO_SERVER, Fault.CUT);
      inParallel(store, 8);
      proxy.refuse();
      proxy.strike(Direction.TO_SERVER, Fault.CUT);
      CompletableFuture<Boolean> read =
          CompletableFuture.supplyAsync(() -> store.get(Key.of("k", 1)).isPresent());
      Opened.await("to be told that nobody is there", () -> isToldUnavailable(store));
      assertFalse(read.isDone(), "it is tried again as long as there is time");
      proxy.heal();
      assertTrue(read.get(30, TimeUnit.SECONDS));
    }
  }

  /** Within a moment, in which perhaps nobody could try to connect. */
  private static boolean isToldUnavailable(Store store) {
    StoreException told =
        assertThrows(
            StoreException.class, () -> store.within(Duration.ofMillis(700)).get(Key.of("k", 1)));
    return told instanceof StoreException.Unavailable;
  }

  private static void inParallel(Store store, int number) throws Exception {
    List<CompletableFuture<Boolean>> reads =
        IntStream.range(0, number)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> store.count(RANGE) == 10))
            .toList();
    for (CompletableFuture<Boolean> read : reads) {
      assertTrue(read.get(30, TimeUnit.SECONDS));
    }
  }

  @ParameterizedTest
  @EnumSource
  void h7connectionsThatDoNotComeEndWithTheDeadline(ServerKind kind) {
    Database database = kind.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(url(kind, proxy, database))) {
      fill(store);
      proxy.blackhole();
      proxy.strike(Direction.TO_SERVER, Fault.CUT);
      Store hasty = store.within(Duration.ofMillis(100));
      List<Duration> took = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        long begun = System.nanoTime();
        assertThrows(StoreException.class, () -> hasty.get(Key.of("k", 1)));
        took.add(Duration.ofNanos(System.nanoTime() - begun));
      }
      Collections.sort(took); // one may be held up
      assertTrue(took.get(5).toMillis() < 500, () -> took + " for reads of 100 ms each");
    }
  }

  @Test
  void readsOutlastARestartOfPostgres() throws Exception {
    try (Postgres server = Postgres.start()) {
      outlasts(PostgresHarness.url(server.freshDatabase()), server::kill9, server::restart);
    }
  }

  @Test
  void readsOutlastARestartOfMariaDb() throws Exception {
    try (MariaDb server = MariaDb.start()) {
      outlasts(MySqlHarness.url("mariadb", server.freshDatabase()), server::kill9, server::restart);
    }
  }

  private static void outlasts(StoreConfig config, Runnable kill, Runnable restart)
      throws Exception {
    try (Store store = Store.open(config.withTimeout(Duration.ofSeconds(60)))) {
      fill(store);
      kill.run();
      CompletableFuture<Boolean> read =
          CompletableFuture.supplyAsync(() -> store.get(Key.of("k", 1)).isPresent());
      restart.run();
      assertTrue(read.get(60, TimeUnit.SECONDS));
      assertEquals(10, store.count(RANGE));
    }
  }
}
