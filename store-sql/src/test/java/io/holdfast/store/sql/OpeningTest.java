package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.pool.HikariPool;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.testbed.Mounts;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What can be found at the place where a store is to be opened. */
@Timeout(120)
final class OpeningTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("a.db");
  }

  /** Opens what cannot be opened; the reason, after a look at the message and the folder. */
  private Reason refused(String url, String named) throws IOException {
    List<String> before = contents();
    StoreException.Unusable e =
        assertThrows(StoreException.Unusable.class, () -> Store.open(url).close());
    assertTrue(e.getMessage().contains(named), e.getMessage());
    assertEquals(before, contents(), "nothing changes there");
    return e.reason();
  }

  @Test
  void h6aWrongOptionLeavesNeitherFilesNorThreads() throws IOException {
    Set<Thread> before = ownThreads();
    for (String option : List.of("history-commits=0", "history-age=soon", "poll=1ms")) {
      String name = option.substring(0, option.indexOf('='));
      assertEquals(Reason.URL, refused("sqlite:" + file() + "?" + option, name));
    }
    String servers = "//u@localhost:99999/shop";
    for (String url : List.of("postgresql:" + servers, "mariadb:" + servers, "mysql:" + servers)) {
      assertEquals(Reason.URL, refused(url, "99999"));
    }
    assertEquals(Reason.URL, refused("postgresql://u@localhost:1/shop?pool=0", "pool"));
    Opened.await("no threads of refused stores", () -> before.containsAll(ownThreads()));
  }

  private static Set<Thread> ownThreads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().startsWith("holdfast-"));
    return threads;
  }

  @Test
  void h6aDriverThatIsMissingIsNamed() throws Exception {
    Map<String, String> drivers =
        Map.of(
            "sqlite:" + file(),
            "org.xerial:sqlite-jdbc",
            "postgresql://u@localhost:1/shop",
            "org.postgresql:postgresql",
            "mariadb://u@localhost:1/shop",
            "org.mariadb.jdbc:mariadb-java-client",
            "mysql://u@localhost:1/shop",
            "org.mariadb.jdbc:mariadb-java-client");
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader bare = withoutDrivers()) {
      thread.setContextClassLoader(bare);
      Method open = bare.loadClass(Store.class.getName()).getMethod("open", String.class);
      for (Map.Entry<String, String> driver : drivers.entrySet()) {
        Throwable e =
            assertThrows(InvocationTargetException.class, () -> open.invoke(null, driver.getKey()))
                .getCause();
        assertEquals(StoreException.Unusable.class.getName(), e.getClass().getName());
        assertTrue(e.getMessage().contains("add " + driver.getValue()), e.getMessage());
      }
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URLClassLoader withoutDrivers() {
    URL[] jars =
        Stream.of(
                Store.class, SqlProvider.class, HikariPool.class, Flyway.class, LoggerFactory.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
            .toArray(URL[]::new);
    return new URLClassLoader(jars, ClassLoader.getPlatformClassLoader());
  }

  private Reason refused(Path path) throws IOException {
    return refused("sqlite:" + path, path.toString());
  }

  private List<String> contents() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.sorted().map(OpeningTest::describe).toList();
    }
  }

  private static String describe(Path path) {
    try {
      return path + (Files.isRegularFile(path) ? Arrays.toString(Files.readAllBytes(path)) : "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void create() {
    try (Store store = Store.open("sqlite:" + file())) {
      store.put(Key.of("a"), new byte[1]);
    }
  }

  @Test
  void h6aFolderIsNoStore() throws IOException {
    assertEquals(Reason.NOT_A_STORE, refused(folder));
  }

  @Test
  void h6aMissingFolderIsNotCreated() throws IOException {
    assertEquals(Reason.NOT_FOUND, refused(folder.resolve("missing/a.db")));
  }

  @Test
  void h6aFileOfAnotherKindIsNoStore() throws IOException {
    Files.writeString(file(), "This is a letter, not a database, and nobody wants it changed.\n");
    assertEquals(Reason.NOT_A_STORE, refused(file()));
  }

  @Test
  void h6aPathThatIsNoneIsAWrongUrl() throws IOException {
    assertEquals(Reason.URL, refused("sqlite:", "sqlite:data/shop.db"));
    assertEquals(Reason.URL, refused("sqlite::memory:", "memory:NAME"));
  }

  @Test
  void h6aPathThatLooksLikeAUserAndAHostLeadsToNoOtherFile() throws IOException {
    String path = folder.resolve("of@") + file().toString();
    assertEquals(Reason.URL, refused("sqlite://" + path, "one slash"));
    assertThrows(StoreException.Unusable.class, () -> Store.limitsIfNew("sqlite://" + path));
    Path here = Files.createDirectory(folder.resolve("of@home"));
    Store.open("sqlite:" + here.resolve("a.db")).close();
    assertTrue(Files.exists(here.resolve("a.db")));
  }

  @Test
  void h6wrongOptionsAreNamed() throws IOException {
    assertEquals(Reason.URL, refused("sqlite:" + file() + "?poll=1ms", "poll"));
    assertEquals(Reason.URL, refused("sqlite:" + file() + "?table-prefix=A;", "table-prefix"));
    assertEquals(Reason.URL, refused("sqlite:" + file() + "?colour=red", "colour"));
  }

  @Test
  void h6aPasswordThatWouldKeepNobodyOutIsRefused() throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "s3cret");
    String url = "sqlite:" + file() + "?password-file=" + secret;
    assertEquals(Reason.URL, refused(url, "password"));
  }

  @Test
  void h6aTableOfTheSameNameThatIsOfSomethingElseIsNoStore() throws Exception {
    Opened.execute(
        file(),
        "PRAGMA journal_mode = WAL",
        "CREATE TABLE holdfast_meta (name TEXT, value TEXT)",
        "PRAGMA wal_checkpoint(TRUNCATE)");
    assertEquals(Reason.NOT_A_STORE, refused("sqlite:" + file(), "table-prefix"));
    Store.open("sqlite:" + file() + "?table-prefix=other_").close();
  }

  @Test
  void h6aNewerFormIsRefusedAndLeftAlone() throws Exception {
    create();
    Opened.execute(
        file(), "UPDATE holdfast_meta SET format = 2", "PRAGMA wal_checkpoint(TRUNCATE)");
    assertEquals(Reason.NEWER_FORMAT, refused(file()));
  }

  @Test
  void h6aTornFileIsDamaged() throws Exception {
    create();
    byte[] whole = Files.readAllBytes(file());
    Files.write(file(), Arrays.copyOf(whole, 4096 + 100));
    assertEquals(Reason.DAMAGED, refused(file()));
  }

  @Test
  void h6anEmptyFileBecomesAStore() throws IOException {
    Files.createFile(file());
    create();
    assertTrue(Files.size(file()) > 0);
  }

  @Test
  void h6whatCannotBeWrittenIsReadOnly() throws Exception {
    create();
    Path mount = Files.createDirectory(folder.resolve("mount"));
    if (Mounts.mount("tmpfs", "size=4m", mount)) {
      try {
        Files.copy(file(), mount.resolve("a.db"));
        assertTrue(Mounts.remountReadOnly(mount));
        assertEquals(Reason.READ_ONLY, refused(mount.resolve("a.db")));
        assertEquals(Reason.READ_ONLY, refused(mount.resolve("new.db")));
      } finally {
        Mounts.unmount(mount);
      }
    } else {
      System.out.println("[h6] may not mount a file system: permissions are tried instead");
      assertTrue(file().toFile().setWritable(false));
      if (Files.isWritable(file())) {
        System.out.println("[h6] permissions do not bind this user: only the error is looked at");
        SQLException readOnly = new SQLException("attempt to write", null, 8);
        StoreException e = new SqliteDialect(SqliteFile.at("" + file())).translate("x", readOnly);
        assertEquals(Reason.READ_ONLY, ((StoreException.Unusable) e).reason());
      } else {
        assertEquals(Reason.READ_ONLY, refused(file()));
      }
    }
  }

  @Test
  void h6aFullDiskIsSaidAndTheStoreGoesOnWhenThereIsRoom() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mount"));
    Mounts.require("tmpfs", "size=2m", mount);
    try {
      Path filler = mount.resolve("filler");
      Files.write(filler, new byte[1 << 20]);
      try (Opened opened = Opened.at(mount.resolve("a.db"))) {
        int written = 0;
        StoreException.Unusable full = null;
        while (full == null) {
          try {
            opened.store().put(Key.of("fill", written), new byte[50_000]);
            written++;
          } catch (StoreException.Unusable e) {
            full = e;
          }
        }
        assertEquals(Reason.FULL, full.reason());
        assertEquals(written, opened.store().count(KeyRange.all()));
        Files.delete(filler);
        opened.store().put(Key.of("fill", written), new byte[50_000]);
        assertEquals(written + 1, opened.store().status().head().revision().number());
      }
      try (Opened opened = Opened.at(mount.resolve("a.db"))) {
        assertEquals(
            opened.store().status().head().revision().number(),
            opened.store().count(KeyRange.all()));
      }
    } finally {
      Mounts.unmount(mount);
    }
  }

  @Test
  void h6noRoomForANewStoreIsSaid() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mount"));
    Mounts.require("tmpfs", "size=256k", mount);
    try {
      Files.write(mount.resolve("filler"), new byte[(256 << 10) - 4096]);
      StoreException.Unusable e =
          assertThrows(
              StoreException.Unusable.class, () -> Opened.at(mount.resolve("a.db")).close());
      assertEquals(Reason.FULL, e.reason(), e.toString());
      Files.delete(mount.resolve("filler"));
      Opened.at(mount.resolve("a.db")).close();
    } finally {
      Mounts.unmount(mount);
    }
  }

  @Test
  void h6aLockedDatabaseIsUnavailable() throws Exception {
    create();
    try (Connection other = Opened.raw(file())) {
      Opened.execute(
          other,
          "PRAGMA locking_mode = EXCLUSIVE",
          "BEGIN EXCLUSIVE",
          "DELETE FROM holdfast_lanes");
      StoreException e =
          assertThrows(
              StoreException.Unavailable.class,
              () -> Store.open("sqlite:" + file() + "?timeout=300ms").close());
      assertTrue(e.getMessage().contains(file().toString()), e.getMessage());
      assertTrue(e.getMessage().contains("lock"), e.getMessage());
    }
    create();
  }

  @Test
  void twoStoresAndAnApplicationShareOneDatabase() throws Exception {
    Opened.execute(file(), "CREATE TABLE orders (id INTEGER)", "INSERT INTO orders VALUES (7)");
    try (Store one = Store.open("sqlite:" + file());
        Store two = Store.open("sqlite:" + file() + "?table-prefix=two_")) {
      assertNotEquals(one.status().incarnation(), two.status().incarnation());
      one.put(Key.of("a"), new byte[] {1});
      two.put(Key.of("a"), new byte[] {2});
      assertArrayEquals(new byte[] {1}, one.get(Key.of("a")).orElseThrow().value());
      assertArrayEquals(new byte[] {2}, two.get(Key.of("a")).orElseThrow().value());
    }
    try (Connection raw = Opened.raw(file());
        Statement statement = raw.createStatement();
        ResultSet row = statement.executeQuery("SELECT id FROM orders")) {
      assertTrue(row.next());
      assertEquals(7, row.getInt(1));
    }
  }

  @Test
  void aPathMayHoldAnyCharacterButAQuestionMark() {
    // Without a locale the JDK knows no file names but those of ASCII.
    boolean letters =
        Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode('\u00fc');
    Path odd = folder.resolve("it's 100%25 " + (letters ? "\u00fc" : "u") + " #1 &;.db");
    try (Store store = Store.open("sqlite:" + odd)) {
      store.put(Key.of("a"), new byte[1]);
      assertTrue(Files.exists(odd));
    }
  }

  /** SQLite's log lies beside the file and not beside the link. */
  @Test
  void aFileBehindALinkIsKnownByItsLog() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link.db"), file());
    try (Store store = Store.open("sqlite:" + link)) {
      store.put(Key.of("a"), new byte[1]);
      assertTrue(SqliteFile.at(link.toString()).logBytes() > 0);
    }
  }

  @Test
  void h7whoWaitsForAnotherStoresTablesWaitsNoLongerThanItsTime() throws Exception {
    FaultyDialect slow = new FaultyDialect(new SqliteDialect(SqliteFile.at(file().toString())));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    slow.onMigration =
        () -> {
          begun.countDown();
          try {
            end.await(5, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    Schema schema = new Schema(Database.of(slow, "h_"), InstantSource.system());
    Thread creating = new Thread(() -> schema.prepare(Deadline.after(Opened.TIMEOUT)));
    creating.start();
    begun.await();
    try {
      String other = "sqlite:" + folder.resolve("b.db") + "?timeout=200ms";
      assertThrows(StoreException.Timeout.class, () -> Store.open(other).close());
    } finally {
      end.countDown();
      creating.join();
    }
  }

  @Test
  void flywayKnowsWhichMigrationsRan() throws Exception {
    create();
    try (Connection raw = Opened.raw(file());
        Statement statement = raw.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT MAX(version) FROM holdfast_schema_history WHERE success = 1")) {
      assertTrue(row.next());
      assertEquals(Schema.FORMAT, row.getInt(1));
    }
  }

  @Test
  void h1theIncarnationStays() {
    UUID first;
    try (Store store = Store.open("sqlite:" + file())) {
      first = store.status().incarnation();
    }
    try (Store store = Store.open("sqlite:" + file())) {
      assertEquals(first, store.status().incarnation());
    }
  }
}
