package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Limits;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.SqlServer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers of MariaDB or MySQL that are wrong, away, full, demoted, or not to be trusted. */
@Timeout(180)
abstract class MySqlWeatherContract {
  static final byte[] VALUE = {1};

  /** Of the store's URL. */
  abstract String scheme();

  /** The server that all tests share. */
  abstract SqlServer shared();

  abstract SqlServer start(String... settings);

  /** The setting with which statements have little time. */
  abstract String shortStatements();

  abstract SqlServer startTls(Certificates.Identity identity);

  final StoreConfig url(Database database) {
    return MySqlHarness.url(scheme(), database);
  }

  private StoreConfig url(Database database, String options) {
    return StoreConfig.of(
            "%s://%s@%s:%d/%s?%s"
                .formatted(
                    scheme(),
                    database.user(),
                    database.host(),
                    database.port(),
                    database.name(),
                    options))
        .withPassword(database.password());
  }

  private static void assertUnusable(Reason reason, StoreConfig config, String named) {
    StoreException e =
        assertThrows(StoreException.class, () -> Store.open(config.withTimeout(Opened.TIMEOUT)));
    config.password().ifPresent(secret -> assertFalse(e.getMessage().contains(secret)));
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertEquals(reason, ((StoreException.Unusable) e).reason(), e.getMessage());
  }

  @Test
  void h6wrongAccountsDatabasesAndAddressesAreOneClearError() {
    Database database = shared().freshDatabase();
    StoreConfig right = url(database);
    assertUnusable(Reason.ACCESS_DENIED, right.withPassword("not-the-password"), "password");
    String nowhere =
        "%s://%s@%s:%d/nowhere"
            .formatted(scheme(), database.user(), database.host(), database.port());
    assertUnusable(
        Reason.NOT_FOUND,
        StoreConfig.of(nowhere).withPassword(database.password()),
        "no such database");
    for (String url : new String[] {"mariadb:db", "mysql://host", "mariadb://h:x/db"}) {
      assertUnusable(Reason.URL, StoreConfig.of(url), "must look like");
    }
    assertUnusable(Reason.URL, StoreConfig.of("mysql://h/db?sslmode=perhaps"), "sslmode");
    assertUnusable(Reason.URL, StoreConfig.of("mysql://h/db?tls-cert=a"), "tls-key");
    assertUnusable(Reason.URL, StoreConfig.of("mysql://h/db?tls-cert=a.pem&tls-key=b"), "a.pem");
  }

  @Test
  void h6aMissingRightIsNamed() {
    Database database = shared().freshDatabase();
    String reader = database.name();
    OpenedMySql.execute(
        database,
        "CREATE USER " + reader + "@'%' IDENTIFIED BY 'reader-secret'",
        "GRANT SELECT ON " + database.name() + ".* TO " + reader + "@'%'");
    StoreConfig config = url(database.as(reader, "reader-secret", ""));
    assertUnusable(Reason.ACCESS_DENIED, config, "denied");
    OpenedMySql.execute(database, "DROP USER " + reader + "@'%'");
  }

  @Test
  void h6aNewerFormIsRefused() {
    Database database = shared().freshDatabase();
    try (Store store = Store.open(url(database))) {
      store.put(Key.of("a"), VALUE);
    }
    OpenedMySql.execute(database, "UPDATE holdfast_meta SET format = 99");
    assertUnusable(Reason.NEWER_FORMAT, url(database), "99");
  }

  @Test
  void h6aTableOfTheSameNameThatIsOfSomethingElseIsNoStore() {
    Database database = shared().freshDatabase();
    OpenedMySql.execute(database, "CREATE TABLE holdfast_meta (name TEXT, value TEXT)");
    assertUnusable(Reason.NOT_A_STORE, url(database), "table-prefix");
  }

  @Test
  void aMigrationThatWasCutShortIsTakenUpAgain() {
    Database database = shared().freshDatabase();
    StoreConfig config = url(database);
    Store.open(config).close();
    OpenedMySql.execute(
        database,
        "DROP PROCEDURE holdfast_commit_1",
        "DROP TABLE holdfast_meta",
        "DROP TABLE holdfast_schema_history");
    try (Store store = Store.open(config)) {
      assertEquals(1, store.put(Key.of("a"), VALUE).revision().number());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "innodb-flush-log-at-trx-commit=2",
        "sync-binlog=0",
        "binlog-format=STATEMENT",
        "max-allowed-packet=512K",
      })
  void c3aServerThatWouldLoseOrRefuseCommitsIsRefused(String setting) {
    try (SqlServer server = start(setting)) {
      String name = setting.substring(0, setting.indexOf('=')).replace('-', '_');
      StoreConfig config = url(server.freshDatabase());
      assertUnusable(Reason.NOT_A_STORE, config, name);
    }
  }

  @Test
  void c11theLimitsFitTheServersPackets() {
    try (SqlServer server = start("max-allowed-packet=1M")) {
      try (Store store = Store.open(url(server.freshDatabase()))) {
        Limits limits = store.status().limits();
        assertEquals(1 << 19, limits.transactionBytesMax());
        Key key = Key.ofBytes(new byte[] {1});
        store.put(key, new byte[limits.valueBytesMax()]);
        byte[] tooLarge = new byte[limits.valueBytesMax() + 1];
        assertThrows(StoreException.LimitExceeded.class, () -> store.put(key, tooLarge));
        Transaction tx = store.begin();
        for (byte i = 1; i <= 2; i++) {
          tx.put(Key.ofBytes(new byte[] {i}), new byte[limits.valueBytesMax() - 1]);
        }
        assertEquals(2, tx.commit().revision().number());
      }
    }
  }

  @Test
  void whatAdministratorsSetForAllSessionsChangesNoAnswer() {
    try (SqlServer server = start()) {
      assertAll(
          Stream.of(
                  "sql_select_limit = 5",
                  "sql_select_limit = 100",
                  "completion_type = 'CHAIN'",
                  "TRANSACTION READ ONLY")
              .map(setting -> () -> assertAnswers(server.freshDatabase(), setting)));
    }
  }

  private void assertAnswers(Database database, String setting) {
    OpenedMySql.execute(database, "SET GLOBAL " + setting);
    try (Store store = Store.open(url(database));
        Store other = Store.open(url(database))) {
      Position start = store.status().head();
      store.put(values(200, 1));
      try (Watch watch = store.watch(KeyRange.all(), start)) {
        assertEquals(200, watch.next(Opened.TIMEOUT).orElseThrow().events().size(), setting);
      }
      assertEquals(200, store.get(KeyRange.all()).entries().size(), setting);
      for (byte i = 0; i < 20; i++) {
        store.transact(tx -> tx.get(Key.of(7))); // is proven in a transaction
        Position written = other.put(Key.of("other"), new byte[] {i});
        assertEquals(written, store.status().head(), setting);
      }
    } finally {
      OpenedMySql.execute(
          database,
          "SET GLOBAL sql_select_limit = 18446744073709551615",
          "SET GLOBAL completion_type = 'NO_CHAIN'",
          "SET GLOBAL TRANSACTION READ WRITE");
    }
  }

  @Test
  void theTimeThatAdministratorsGiveStatementsBoundsNoCall() {
    try (SqlServer server = start()) {
      Database database = server.freshDatabase();
      OpenedMySql.execute(database, "SET GLOBAL " + shortStatements());
      try (Store store = Store.open(url(database))) {
        store.put(values(4000, 1000));
        assertEquals(4000, store.get(KeyRange.all()).entries().size());
      }
    }
  }

  private static Map<Key, byte[]> values(int number, int length) {
    Map<Key, byte[]> values = new LinkedHashMap<>();
    for (int i = 0; i < number; i++) {
      values.put(Key.of(i), new byte[length]);
    }
    return values;
  }

  @Test
  void aServerThatIsAwayIsUnavailableAndFoundAgain() {
    try (SqlServer server = start()) {
      StoreConfig config = url(server.freshDatabase()).withTimeout(Duration.ofSeconds(3));
      try (Store store = Store.open(config);
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        store.put(Key.of("before"), VALUE);
        server.kill9();
        assertThrows(StoreException.Unavailable.class, () -> Store.open(config).close());
        assertThrows(StoreException.class, () -> store.put(Key.of("away"), VALUE));
        assertThrows(StoreException.class, () -> store.get(Key.of("before")));
        watch.next(Duration.ofMillis(300));
        assertEquals(Watch.State.RETRYING, watch.state());
        server.restart();
        AtomicReference<Position> after = new AtomicReference<>();
        Opened.await("the server", () -> written(store, after));
        assertTrue(store.get(Key.of("before")).isPresent());
        AtomicReference<Position> seen = new AtomicReference<>();
        Opened.await(
            "the watch",
            () -> {
              watch.next(Duration.ofSeconds(1)).ifPresent(batch -> seen.set(batch.position()));
              return after.get().equals(seen.get());
            });
        assertEquals(Watch.State.FOLLOWING, watch.state());
      }
    }
  }

  private static boolean written(Store store, AtomicReference<Position> at) {
    try {
      at.set(store.put(Key.of("after"), VALUE));
      return true;
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      return false;
    }
  }

  @Test
  void aFullDiskIsSaidAndNothingIsLost() {
    try (SqlServer server =
        start("innodb-file-per-table=0", "innodb-data-file-path=ibdata1:12M:autoextend:max:40M")) {
      StoreConfig config = url(server.freshDatabase());
      try (Store store = Store.open(config)) {
        AtomicReference<Position> last = new AtomicReference<>();
        StoreException.Unusable full =
            assertThrows(StoreException.Unusable.class, () -> fill(store, last));
        assertEquals(Reason.FULL, full.reason());
        assertEquals(last.get(), store.status().head());
        assertEquals(last.get().revision().number(), store.count(KeyRange.all()));
      }
    }
  }

  private static void fill(Store store, AtomicReference<Position> last) {
    for (int i = 0; i < 100; i++) {
      last.set(store.put(Key.of("big", i), new byte[1 << 20]));
    }
  }

  /** The lock under which tables are created has a name that is not longer for it. */
  @Test
  void aDatabaseMayHaveTheLongestName() {
    try (SqlServer server = start()) {
      Database any = server.freshDatabase();
      String name = "d".repeat(64);
      OpenedMySql.execute(any, "CREATE DATABASE " + name);
      Database longest =
          new Database(any.jdbcUrl(), any.host(), any.port(), name, any.user(), any.password());
      try (Store store = Store.open(url(longest))) {
        assertEquals(1, store.put(Key.of("a"), VALUE).revision().number());
      }
    }
  }

  @Test
  void aServerThatWasDemotedIsLeftAndItsFormerEpochIsRefused() {
    try (SqlServer server = start()) {
      Database database = server.freshDatabase();
      StoreConfig config = url(database).withTimeout(Duration.ofSeconds(3));
      try (Store store = Store.open(config)) {
        Position first = store.put(Key.of("a"), VALUE);
        Transaction expects = store.begin();
        expects.expect(Key.of("a"), first.revision());
        OpenedMySql.execute(database, "SET GLOBAL read_only = 1");
        StoreException e = assertThrows(StoreException.class, () -> store.put(Key.of("a"), VALUE));
        assertInstanceOf(StoreException.Unavailable.class, e);
        assertTrue(e.getMessage().contains("read-only"), e.getMessage());
        // Its successor may have changed by now what is only expected.
        e = assertThrows(StoreException.Unavailable.class, expects::commit);
        assertTrue(e.getMessage().contains("read-only"), e.getMessage());
        OpenedMySql.execute(database, "SET GLOBAL read_only = 0");
        assertEquals(2, store.put(Key.of("a"), VALUE).revision().number());
      }
    }
  }

  @Test
  void anEpochIsRaisedForAnotherServerAndAnEarlierOneIsRefused() throws Exception {
    Database database = shared().freshDatabase();
    MySqlSource source = MySqlSource.of(url(database), "holdfast_");
    Store.open(url(database)).close();
    source.getConnection().close();
    String epoch = "SELECT epoch FROM holdfast_meta";
    assertEquals("1", OpenedMySql.ask(database, epoch));
    OpenedMySql.execute(database, "UPDATE holdfast_meta SET server = 'another'");
    source.getConnection().close();
    assertEquals("2", OpenedMySql.ask(database, epoch));
    OpenedMySql.execute(database, "UPDATE holdfast_meta SET epoch = 1");
    Exception e = assertThrows(java.sql.SQLException.class, () -> source.getConnection().close());
    assertTrue(e.getMessage().contains("former primary"), e.getMessage());
    OpenedMySql.execute(database, "UPDATE holdfast_meta SET epoch = 2");
    MySqlSource other = MySqlSource.of(url(database), "holdfast_");
    OpenedMySql.execute(database, "UPDATE holdfast_meta SET server = 'a third'");
    other.getConnection().close();
    assertEquals(3, source.epoch(), "whoever in this process met it, all leave what was before");
  }

  @Test
  void certificatesAreVerifiedWithTheHostsName() {
    String trust = "sslrootcert=" + Certificates.authority();
    try (SqlServer server = startTls(Certificates.server())) {
      Database database = server.freshDatabase();
      try (Store store = Store.open(url(database, trust))) {
        store.put(Key.of("a"), VALUE);
      }
      try (Store store = Store.open(url(database, "tls-ca=" + Certificates.authority()))) {
        assertTrue(store.get(Key.of("a")).isPresent(), "the names of all stores do as well");
      }
      assertUnusable(Reason.ACCESS_DENIED, url(database, "sslmode=verify-full"), "TLS");
      assertUnusable(Reason.ACCESS_DENIED, url(database, "tls=on"), "TLS");
      assertUnusable(Reason.ACCESS_DENIED, url(database, "sslmode=disable"), "");
    }
    for (Certificates.Identity wrong :
        new Certificates.Identity[] {Certificates.otherHost(), Certificates.expired()}) {
      try (SqlServer server = startTls(wrong)) {
        assertUnusable(Reason.ACCESS_DENIED, url(server.admin(), trust), "TLS");
      }
    }
    Database plain = shared().freshDatabase();
    assertUnusable(Reason.ACCESS_DENIED, url(plain, "sslmode=verify-full"), "TLS");
  }

  @Test
  void aClientProvesWhoItIsByACertificate() throws Exception {
    Certificates.Identity client = Certificates.client("certified");
    String trust = "tls-ca=" + Certificates.authority();
    String both = trust + "&tls-cert=%s&tls-key=%s";
    try (SqlServer server = startTls(Certificates.server())) {
      Database database = server.freshDatabase();
      OpenedMySql.execute(
          database,
          "CREATE USER certified@'%' IDENTIFIED BY 'c-secret' REQUIRE SUBJECT '/CN=certified'",
          "GRANT ALL ON " + database.name() + ".* TO certified@'%'");
      Database certified = database.as("certified", "c-secret", "");
      try (Store store =
          Store.open(url(certified, both.formatted(client.certificate(), client.key())))) {
        assertEquals(1, store.put(Key.of("a"), VALUE).revision().number());
      }
      assertUnusable(Reason.ACCESS_DENIED, url(certified, trust), "password");
      Certificates.Identity other = Certificates.client("somebody");
      assertUnusable(
          Reason.ACCESS_DENIED,
          url(certified, both.formatted(other.certificate(), other.key())),
          "password");
      assertUnusable(
          Reason.URL, url(certified, both.formatted(client.key(), client.key())), "certificate");
      assertUnusable(
          Reason.URL,
          url(certified, both.formatted(client.certificate(), client.certificate())),
          "no key");
      String der = both.formatted(client.certificate(), client.keyDer());
      try (Store store = Store.open(url(certified, der))) {
        assertTrue(store.get(Key.of("a")).isPresent());
      }
    }
  }

  @Test
  void otherMachinesAreVerifiedUnlessAskedOtherwise() {
    for (String scheme : new String[] {"mariadb", "mysql"}) {
      assertEquals("verify-full", mode(scheme + "://db.example.org/shop"));
      assertEquals("verify-full", mode(scheme + "://127.0.0.1.example.org/shop"));
      assertEquals("verify-full", mode(scheme + "://localhost,db.example.org/shop"));
      assertEquals("disable", mode(scheme + "://localhost:3307/shop"));
      assertEquals("disable", mode(scheme + "://db.example.org/shop?tls=off"));
      assertEquals("verify-full", mode(scheme + "://localhost/shop?tls=on"));
      assertEquals("trust", mode(scheme + "://db.example.org/shop?sslmode=require"));
    }
  }

  private static String mode(String url) {
    return MySqlSource.of(StoreConfig.of(url), "holdfast_").sslMode();
  }
}
