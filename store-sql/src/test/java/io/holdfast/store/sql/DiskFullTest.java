package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Mounts;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.SqlServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The server's disk is really full: it is said, reads go on, and so do writes when there is room.
 */
@Timeout(120)
final class DiskFullTest {
  private static final int VALUE_BYTES = 200_000;

  /** So much is taken away before, and given back. */
  private static final int FILLER_BYTES = 24 << 20;

  private static final String OPTIONS = "size=48m,mode=0777";

  @Test
  void aFullDiskOfPostgresIsSaidAndTheStoreGoesOnWhenThereIsRoom() throws Exception {
    Path mount = Files.createTempDirectory("holdfast-full");
    Mounts.require("tmpfs", OPTIONS, mount);
    try (Postgres server = Postgres.start()) {
      Path place = Files.createDirectory(mount.resolve("space"));
      own(place, Path.of(OpenedServer.ask(server.admin(), "SHOW data_directory")));
      OpenedServer.execute(server.admin(), "CREATE TABLESPACE small LOCATION '" + place + "'");
      Database database = server.freshDatabase();
      OpenedServer.execute(
          server.admin(), "ALTER DATABASE " + database.name() + " SET default_tablespace = small");
      fillAndFree(PostgresHarness.url(database), mount);
    } finally {
      Mounts.unmount(mount);
      Files.delete(mount);
    }
  }

  @Test
  void aFullDiskOfMariaDbLosesNothing() throws Exception {
    try (MariaDb server = MariaDb.start()) {
      Database database = server.freshDatabase();
      fillAndRestart(server, database, MySqlHarness.url("mariadb", database));
    }
  }

  @Test
  @Tag("mysql")
  void aFullDiskOfMySqlLosesNothing() throws Exception {
    try (MySql server = MySql.start()) {
      Database database = server.freshDatabase();
      fillAndRestart(server, database, MySqlHarness.url("mysql", database));
    }
  }

  /** A server that is really full may end itself instead of saying so. */
  private static void fillAndRestart(SqlServer server, Database database, StoreConfig url)
      throws Exception {
    Path data = Path.of(OpenedMySql.ask(database, "SELECT @@datadir"));
    Path mount = data.resolve(database.name());
    Mounts.require("tmpfs", OPTIONS, mount);
    try {
      own(mount, data);
      Path filler = Files.write(mount.resolve("filler"), new byte[FILLER_BYTES]);
      StoreConfig config = url.withTimeout(Opened.TIMEOUT);
      try (Store store = Store.open(config)) {
        Position[] last = new Position[1];
        int[] written = new int[1];
        StoreException told = assertThrows(StoreException.class, () -> fill(store, last, written));
        config.password().ifPresent(secret -> assertFalse(told.getMessage().contains(secret)));
        Files.delete(filler);
        server.restart();
        Opened.await("the server", () -> isPut(store, Key.of("next")));
        assertTrue(store.status().head().isAfter(last[0]));
        for (int i = 0; i < written[0]; i++) {
          assertArrayEquals(noise(i), store.get(Key.of("fill", i)).orElseThrow().value());
        }
      }
    } finally {
      end(server);
      Mounts.unmount(mount);
    }
  }

  private static void end(SqlServer server) {
    try {
      server.kill9();
    } catch (IllegalStateException e) {
      // It has ended itself.
    }
  }

  private static boolean isPut(Store store, Key key) {
    try {
      return store.put(key, new byte[VALUE_BYTES]) != null;
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      return false;
    }
  }

  /** Makes the server's account, which owns its data, the owner of a folder too. */
  private static void own(Path folder, Path data) throws Exception {
    Files.setOwner(folder, Files.getOwner(data));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
  }

  private static void fillAndFree(StoreConfig url, Path mount) throws Exception {
    StoreConfig config = url.withTimeout(Opened.TIMEOUT);
    Path filler = mount.resolve("filler");
    Files.write(filler, new byte[FILLER_BYTES]);
    try (Store store = Store.open(config)) {
      Position[] last = new Position[1];
      int[] written = new int[1];
      StoreException.Unusable full =
          assertThrows(StoreException.Unusable.class, () -> fill(store, last, written));
      assertEquals(Reason.FULL, full.reason(), full.getMessage());
      assertTrue(full.getMessage().contains("room"), full.getMessage());
      assertEquals(last[0], store.status().head(), "reads go on");
      assertEquals(written[0], store.count(KeyRange.all()));
      Files.delete(filler);
      Position next = store.put(Key.of("next"), new byte[VALUE_BYTES]);
      assertEquals(last[0].revision().number() + 1, next.revision().number());
      try (Store other = Store.open(config)) {
        assertEquals(next, other.status().head());
        assertEquals(written[0] + 1, other.count(KeyRange.all()));
      }
    }
  }

  private static void fill(Store store, Position[] last, int[] written) {
    for (int i = 0; i < 1000; i++) {
      last[0] = store.put(Key.of("fill", i), noise(i));
      written[0]++;
    }
  }

  /** Nothing that a server could compress. */
  private static byte[] noise(int seed) {
    byte[] bytes = new byte[VALUE_BYTES];
    new java.util.Random(seed).nextBytes(bytes);
    return bytes;
  }
}
