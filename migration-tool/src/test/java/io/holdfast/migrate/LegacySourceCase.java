package io.holdfast.migrate;

import io.holdfast.testbed.Database;
import java.nio.file.Path;
import java.util.UUID;

/** A live SPIRE database of each kind. */
enum LegacySourceCase {
  SQLITE,
  POSTGRESQL,
  MARIADB;

  /**
   * A database of this kind.
   *
   * @param url as JDBC has it, without credentials
   */
  record Live(String url, String user, String password) {
    SourceOptions options() {
      return new SourceOptions(LegacyServers.WAIT, java.time.ZoneOffset.UTC, user, password);
    }

    LiveSpire server(String name, long seed) throws Exception {
      return new LiveSpire(url, user, password, name, seed);
    }
  }

  /** Loads one of the databases that SPIRE wrote. */
  Live load(String name, Path folder) throws Exception {
    if (this == SQLITE) {
      Path own = java.nio.file.Files.createDirectory(folder.resolve(UUID.randomUUID().toString()));
      return new Live("jdbc:sqlite:" + LegacyFixture.unpack(name, own), "", "");
    }
    LegacyServers server = this == POSTGRESQL ? LegacyServers.PG : LegacyServers.MYSQL;
    Database database = server.load(name);
    return new Live(database.jdbcUrl(), database.user(), database.password());
  }
}
