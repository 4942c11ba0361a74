package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.testbed.Database;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many open a store at once where there is none yet: it is created once. */
@Timeout(180)
final class CreationTest {
  private static final int HANDLES = 6;
  private static final int PROCESSES = 3;

  private final ExecutorService threads = Executors.newFixedThreadPool(HANDLES);

  @TempDir Path folder;

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void h1whoeverCreatesOneStoreTogetherGetsTheSame(ServerKind server) throws Exception {
    Database database = server.fresh();
    StoreConfig config = server.url(database).withTimeout(Opened.TIMEOUT);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(Children.start("open", urlForOthers(config)));
    }
    List<CompletableFuture<String>> handles = new ArrayList<>();
    for (int i = 0; i < HANDLES; i++) {
      int number = i;
      handles.add(CompletableFuture.supplyAsync(() -> openAndPut(config, number), threads));
    }
    Set<String> incarnations = new HashSet<>();
    for (CompletableFuture<String> handle : handles) {
      incarnations.add(handle.get(60, TimeUnit.SECONDS));
    }
    for (Process process : processes) {
      try (BufferedReader out = Children.outputOf(process)) {
        incarnations.add(out.readLine());
      }
      assertEquals(0, process.waitFor());
    }
    assertEquals(1, incarnations.size(), incarnations.toString());
    try (Store store = Store.open(config)) {
      assertEquals(HANDLES, store.count(KeyRange.all()));
      assertEquals(HANDLES, store.status().head().revision().number());
    }
  }

  /** As a process leaves it that died in the middle, or shows it that is in the middle. */
  @Test
  void h1tablesWithoutTheirRowAreFinishedByWhoComesNext() throws Exception {
    Database database = ServerKind.MARIADB.fresh();
    StoreConfig config = ServerKind.MARIADB.url(database).withTimeout(Opened.TIMEOUT);
    Store.open(config).close();
    OpenedMySql.execute(
        database, "DELETE FROM holdfast_meta", "DELETE FROM holdfast_schema_history");
    try (Store store = Store.open(config)) {
      assertEquals(1, store.put(Key.of("a"), new byte[1]).revision().number());
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void h1storeThatLostItsRowIsDamaged(ServerKind server) throws Exception {
    for (int commits = 0; commits < 2; commits++) {
      Database database = server.fresh();
      StoreConfig config = server.url(database).withTimeout(Opened.TIMEOUT);
      try (Store store = Store.open(config)) {
        if (commits > 0) {
          store.put(Key.of("a"), new byte[1]);
        }
      }
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("DELETE FROM holdfast_meta");
      }
      var damaged = assertThrows(StoreException.Unusable.class, () -> Store.open(config).close());
      assertEquals(StoreException.Reason.DAMAGED, damaged.reason(), damaged.getMessage());
    }
  }

  private static String openAndPut(StoreConfig config, int number) {
    try (Store store = Store.open(config)) {
      store.put(Key.of("handle", number), new byte[] {1});
      return store.status().incarnation().toString();
    }
  }

  /** Others are as patient as this process, as all of them start at once. */
  private String urlForOthers(StoreConfig config) throws Exception {
    Path password = folder.resolve("password");
    Files.writeString(password, config.password().orElseThrow());
    return "%s:%s?password-file=%s&timeout=%ds"
        .formatted(
            config.scheme(),
            config.target().replace("//", "//" + config.user().orElseThrow() + "@"),
            password,
            Opened.TIMEOUT.toSeconds());
  }

  @Test
  void h1aStoreInAnotherSchemaOfTheDatabaseIsNoneHere() throws Exception {
    Database database = ServerKind.POSTGRES.fresh();
    StoreConfig config = PostgresHarness.url(database);
    try (Store store = Store.open(config)) {
      store.put(Key.of("a"), new byte[1]);
    }
    String paths = "ALTER DATABASE " + database.name() + " SET search_path = ";
    OpenedServer.execute(database, "CREATE SCHEMA other", paths + "other");
    try (Store store = Store.open(config)) {
      assertEquals(0, store.count(KeyRange.all()));
    }
    OpenedServer.execute(database, "CREATE SCHEMA nearer", paths + "nearer, public");
    try (Store store = Store.open(config)) {
      assertEquals(1, store.count(KeyRange.all()), "the tables that statements find");
    }
  }
}
