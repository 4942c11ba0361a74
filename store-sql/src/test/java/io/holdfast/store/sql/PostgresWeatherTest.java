package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.Postgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that are wrong, away, or not to be trusted. */
@Timeout(180)
final class PostgresWeatherTest {
  private static final byte[] VALUE = {1};
  private static final String SECRET = "not-the-password";

  private static StoreException failure(StoreConfig config) {
    StoreException e =
        assertThrows(StoreException.class, () -> Store.open(config.withTimeout(Opened.TIMEOUT)));
    config.password().ifPresent(secret -> assertFalse(e.getMessage().contains(secret)));
    return e;
  }

  private static void assertUnusable(Reason reason, StoreConfig config, String named) {
    StoreException e = failure(config);
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertEquals(reason, ((StoreException.Unusable) e).reason(), e.getMessage());
  }

  private static StoreConfig url(Database database, String options) {
    return StoreConfig.of(
            "postgresql://%s@%s:%d/%s?%s"
                .formatted(
                    database.user(), database.host(), database.port(), database.name(), options))
        .withPassword(database.password());
  }

  @Test
  void h6wrongAccountsAndDatabasesAreOneClearError() {
    Database database = Postgres.shared().freshDatabase();
    StoreConfig right = PostgresHarness.url(database);
    assertUnusable(Reason.ACCESS_DENIED, right.withPassword(SECRET), "password");
    String elsewhere = right.target().replaceFirst("/[^/]*$", "/nowhere");
    assertUnusable(
        Reason.NOT_FOUND,
        StoreConfig.of("postgresql:" + elsewhere.replace("//", "//" + database.user() + "@"))
            .withPassword(database.password()),
        "nowhere");
  }

  @Test
  void aPasswordThatIsRightAgainIsNotRefusedForWhatWasMetBefore() throws Exception {
    Database database = Postgres.shared().freshDatabase();
    String account = database.name();
    OpenedServer.execute(database, "CREATE USER " + account + " SUPERUSER PASSWORD 'right'");
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store =
            Store.open(PostgresHarness.url(proxy.through(database.as(account, "right", ""))))) {
      store.put(Key.of("a"), VALUE);
      OpenedServer.execute(database, "ALTER USER " + account + " PASSWORD 'wrong'");
      proxy.strike(FaultProxy.Direction.TO_SERVER, FaultProxy.Fault.CUT);
      assertThrows(StoreException.Unusable.class, () -> store.get(Key.of("a")));
      Opened.await("the pool to give up", () -> !isPoolConnecting());
      OpenedServer.execute(database, "ALTER USER " + account + " PASSWORD 'right'");
      proxy.delay(FaultProxy.Direction.TO_CLIENT, Duration.ofMillis(250));
      assertTrue(store.get(Key.of("a")).isPresent(), "however long it takes to connect");
    } finally {
      OpenedServer.execute(database, "DROP OWNED BY " + account, "DROP USER " + account);
    }
  }

  private static boolean isPoolConnecting() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(frame -> frame.getClassName().equals(PooledSessions.class.getName()));
  }

  @Test
  void h6aMissingRightIsNamed() throws Exception {
    Database database = Postgres.shared().freshDatabase();
    OpenedServer.execute(
        database,
        "DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD 'r-secret';"
            + " EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    Database other = database.as("reader", "r-secret", "");
    assertUnusable(Reason.ACCESS_DENIED, PostgresHarness.url(other), "permission");
  }

  /** As those who run servers for others do when a disk is nearly full. */
  @Test
  void aServerThatGivesSessionsNoWritesIsStillRead() throws Exception {
    try (Postgres server = Postgres.start()) {
      Database database = server.freshDatabase();
      StoreConfig config = PostgresHarness.url(database).withTimeout(Opened.TIMEOUT);
      Position first;
      try (Store store = Store.open(config)) {
        first = store.put(Key.of("a"), VALUE);
      }
      OpenedServer.execute(
          database, "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on");
      try (Store store = Store.open(config);
          Watch watch = store.watch(KeyRange.all(), first)) {
        assertTrue(store.get(Key.of("a")).isPresent());
        StoreException e =
            assertThrows(StoreException.Unavailable.class, () -> store.put(Key.of("b"), VALUE));
        assertTrue(e.getMessage().contains("read-only"), e.getMessage());
        OpenedServer.execute(
            database,
            "SET default_transaction_read_only = off",
            "ALTER ROLE CURRENT_USER RESET default_transaction_read_only");
        Position second = store.put(Key.of("b"), VALUE);
        assertEquals(second, watch.next(Opened.TIMEOUT).orElseThrow().position());
      }
    }
  }

  @Test
  void h7aReadThatIsGivenUpEndsOnTheServerToo() throws Exception {
    try (Postgres server = Postgres.start()) {
      Database database = server.freshDatabase();
      PostgresTarget target = PostgresTarget.of(PostgresHarness.url(database));
      AtomicBoolean begun = new AtomicBoolean();
      ReadPool.Read<Boolean> endless =
          session -> {
            begun.set(true);
            return session.prepare("SELECT pg_sleep(600)").execute();
          };
      try (ReadPool pool =
          new ReadPool(
              io.holdfast.store.sql.Database.of(
                  new PostgresDialect(new PostgresSource(target)), "holdfast_"))) {
        pool.read("a", Deadline.after(Opened.TIMEOUT), session -> true);
        Deadline soon = Deadline.after(Duration.ofSeconds(2));
        assertThrows(StoreException.Timeout.class, () -> pool.read("b", soon, endless));
        assertTrue(begun.get());
        Opened.await("its end", () -> running(database).equals("0"));
      }
    }
  }

  private static String running(Database database) {
    try {
      return OpenedServer.ask(
          database,
          "SELECT count(*) FROM pg_stat_activity"
              + " WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()");
    } catch (SQLException e) {
      throw new AssertionError("what runs there", e);
    }
  }

  @Test
  void h6wrongAddressesAndOptionsAreNamed() {
    for (String url : new String[] {"postgresql:db", "postgresql://host", "postgresql://h:x/db"}) {
      assertUnusable(Reason.URL, StoreConfig.of(url), "must look like");
    }
    assertUnusable(Reason.URL, StoreConfig.of("postgresql://h/db?sslmode=perhaps"), "sslmode");
    assertUnusable(Reason.URL, StoreConfig.of("sqlite:a.db?sslmode=require"), "sslmode");
    assertUnusable(Reason.URL, StoreConfig.of("postgresql://h/db?tls=maybe"), "tls");
    assertUnusable(Reason.URL, StoreConfig.of("postgresql://h/db?tls=on&sslmode=require"), "one");
    assertUnusable(Reason.URL, StoreConfig.of("postgresql://h/db?tls-cert=c.pem"), "tls-key");
    assertUnusable(Reason.URL, StoreConfig.of("postgresql://h/db?tls=off&tls-ca=c.pem"), "off");
    assertUnusable(
        Reason.URL,
        StoreConfig.of("postgresql://h/db?tls-ca=a&tls-cert=no.pem&tls-key=no.key"),
        "no.pem");
  }

  @Test
  void h6aTableOfTheSameNameThatIsOfSomethingElseIsNoStore() throws Exception {
    Database database = Postgres.shared().freshDatabase();
    OpenedServer.execute(database, "CREATE TABLE holdfast_meta (name TEXT, value TEXT)");
    assertUnusable(Reason.NOT_A_STORE, PostgresHarness.url(database), "table-prefix");
  }

  @Test
  void h6aNewerFormIsRefused() throws Exception {
    Database database = Postgres.shared().freshDatabase();
    try (Store store = Store.open(PostgresHarness.url(database))) {
      store.put(Key.of("a"), VALUE);
    }
    OpenedServer.execute(database, "UPDATE holdfast_meta SET format = 99");
    assertUnusable(Reason.NEWER_FORMAT, PostgresHarness.url(database), "99");
  }

  @Test
  void aServerThatIsAwayIsUnavailableAndFoundAgain() {
    try (Postgres server = Postgres.start()) {
      StoreConfig config =
          PostgresHarness.url(server.freshDatabase()).withTimeout(Duration.ofSeconds(3));
      try (Store store = Store.open(config);
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        store.put(Key.of("before"), VALUE);
        server.kill9();
        assertThrows(StoreException.Unavailable.class, () -> Store.open(config).close());
        assertThrows(StoreException.class, () -> store.put(Key.of("away"), VALUE));
        assertThrows(StoreException.Unavailable.class, () -> store.get(Key.of("before")));
        watch.next(Duration.ofMillis(300));
        assertEquals(Watch.State.RETRYING, watch.state());
        server.restart();
        Opened.await("reads", () -> isThere(store, Key.of("before")));
        Position after = store.put(Key.of("after"), VALUE);
        Position[] seen = new Position[1];
        Opened.await(
            "the watch",
            () -> {
              watch.next(Duration.ofSeconds(1)).ifPresent(batch -> seen[0] = batch.position());
              return after.equals(seen[0]);
            });
        assertEquals(Watch.State.FOLLOWING, watch.state());
      }
    }
  }

  @Test
  void w8aWatchOfAServerThatIsSlowToAnswerGoesOn() {
    Database database = Postgres.shared().freshDatabase();
    try (Store store = Store.open(PostgresHarness.url(database));
        FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store slow = Store.open(PostgresHarness.url(proxy.through(database)));
        Watch watch = slow.watch(KeyRange.all(), store.status().head())) {
      proxy.delay(FaultProxy.Direction.TO_CLIENT, Duration.ofMillis(200));
      for (int i = 0; i < 3; i++) {
        Position put = store.put(Key.of("key", i), VALUE);
        Position[] seen = new Position[1];
        Opened.await(
            "the watch",
            () -> {
              watch.next(Duration.ofMillis(20)).ifPresent(batch -> seen[0] = batch.position());
              return put.equals(seen[0]);
            });
      }
      assertEquals(Watch.State.FOLLOWING, watch.state());
    }
  }

  @Test
  void h7whoIsInterruptedWhileConnectingIsToldSo() throws Exception {
    Database database = Postgres.shared().freshDatabase();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store =
            Store.open(
                StoreConfig.of(
                        "postgresql://%s@127.0.0.1:%d/%s"
                            .formatted(database.user(), proxy.port(), database.name()))
                    .withPassword(database.password()))) {
      store.put(Key.of("before"), VALUE);
      proxy.refuse();
      proxy.strike(FaultProxy.Direction.TO_SERVER, FaultProxy.Fault.CUT);
      Store hasty = store.within(Duration.ofSeconds(2));
      assertThrows(StoreException.class, () -> hasty.put(Key.of("away"), VALUE));
      proxy.heal();
      proxy.blackhole();
      AtomicReference<Throwable> told = new AtomicReference<>();
      AtomicBoolean flag = new AtomicBoolean();
      Thread writer =
          new Thread(
              () -> {
                try {
                  store.put(Key.of("connecting"), VALUE);
                } catch (StoreException e) {
                  told.set(e);
                  flag.set(Thread.currentThread().isInterrupted());
                }
              });
      writer.start();
      Opened.await("the wait for a connection", () -> isConnecting(writer));
      writer.interrupt();
      writer.join();
      assertInstanceOf(StoreException.Interrupted.class, told.get());
      assertTrue(flag.get());
    }
  }

  private static boolean isConnecting(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("connectIfNeeded"));
  }

  private static boolean isThere(Store store, Key key) {
    try {
      return store.get(key).isPresent();
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      return false;
    }
  }

  @Test
  void h7aFrozenServerEndsNobodysPatienceTwice() {
    try (Postgres server = Postgres.start()) {
      StoreConfig config =
          PostgresHarness.url(server.freshDatabase()).withTimeout(Duration.ofSeconds(2));
      try (Store store = Store.open(config)) {
        store.put(Key.of("before"), VALUE);
        store.get(Key.of("before"));
        server.pause();
        Duration patience = Duration.ofSeconds(6);
        long began = System.nanoTime();
        StoreException told =
            assertThrows(StoreException.class, () -> store.within(patience).get(Key.of("before")));
        // Whether the pool had looked at the connection first decides which of the two it is.
        assertTrue(
            told instanceof StoreException.Timeout || told instanceof StoreException.Unavailable,
            told::toString);
        assertTrue(System.nanoTime() - began < 2 * patience.toNanos());
        assertThrows(StoreException.UnknownOutcome.class, () -> store.put(Key.of("frozen"), VALUE));
        server.resume();
        Opened.await(
            "the server",
            () -> {
              try {
                return store.put(Key.of("after"), VALUE) != null;
              } catch (StoreException.Unavailable | StoreException.Timeout e) {
                return false;
              }
            });
      }
    }
  }

  @Test
  void certificatesAreVerifiedWithTheHostsName() throws Exception {
    String trust = "sslmode=verify-full&sslrootcert=" + Certificates.authority();
    try (Postgres server = Postgres.startTls(Certificates.server())) {
      Database database = server.freshDatabase();
      try (Store store = Store.open(url(database, trust))) {
        store.put(Key.of("a"), VALUE);
      }
      assertUnusable(Reason.ACCESS_DENIED, url(database, "sslmode=verify-full"), "TLS");
      assertUnusable(Reason.ACCESS_DENIED, url(database, "sslmode=disable"), "no encryption");
      OpenedServer.execute(
          database.with("sslmode=require"), "CREATE ROLE certified LOGIN SUPERUSER");
      Certificates.Identity client = Certificates.client("certified");
      Database certified = database.as("certified", "", "");
      try (Store store =
          Store.open(
              url(
                  certified,
                  trust + "&sslcert=" + client.certificate() + "&sslkey=" + client.keyDer()))) {
        assertTrue(store.get(Key.of("a")).isPresent());
      }
      String files =
          "tls-ca="
              + Certificates.authority()
              + "&tls-cert="
              + client.certificate()
              + "&tls-key="
              + client.key();
      try (Store store = Store.open(url(certified, files))) {
        assertTrue(store.get(Key.of("a")).isPresent(), "the names of all stores do as well");
      }
    }
    refused(Certificates.otherHost(), trust);
    refused(Certificates.expired(), trust);
  }

  private static void refused(Certificates.Identity identity, String trust) {
    try (Postgres server = Postgres.startTls(identity)) {
      assertUnusable(Reason.ACCESS_DENIED, url(server.admin(), trust), "TLS");
    }
  }

  @Test
  void aServerWithoutTlsIsRefusedWhereTlsIsAsked() {
    Database database = Postgres.shared().freshDatabase();
    assertUnusable(Reason.ACCESS_DENIED, url(database, "sslmode=require"), "TLS");
  }

  @Test
  void otherMachinesAreVerifiedUnlessAskedOtherwise() {
    assertEquals("verify-full", mode("postgresql://db.example.org/shop"));
    assertEquals("verify-full", mode("postgresql://127.0.0.1.example.org/shop"));
    assertEquals("prefer", mode("postgresql://localhost:5433/shop"));
    assertEquals("prefer", mode("postgresql://[::1]/shop"));
    assertEquals("disable", mode("postgresql://db.example.org/shop?sslmode=disable"));
    assertEquals("disable", mode("postgresql://db.example.org/shop?tls=off"));
    assertEquals("verify-full", mode("postgresql://localhost/shop?tls=on"));
    assertEquals("verify-full", mode("postgresql://localhost/shop?tls-ca=ca.pem"));
  }

  private static String mode(String url) {
    PostgresTarget target = PostgresTarget.of(StoreConfig.of(url));
    Properties properties = target.properties(target.hosts().get(0));
    return properties.getProperty("sslmode");
  }
}
