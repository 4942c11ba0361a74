package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.sql.SQLException;

/** How stores and people name a database of the testbed. */
final class SqlUrls {
  private SqlUrls() {}

  /** The URL of a store, with the password in it, at an address or several. */
  static String of(String scheme, Database database, String addresses) {
    return "%s://%s:%s@%s/%s"
        .formatted(scheme, database.user(), database.password(), addresses, database.name());
  }

  /** The same at the server's own address. */
  static String direct(String scheme, Database database) {
    return of(scheme, database, database.host() + ":" + database.port());
  }

  static String version(Database database) {
    return version(database::connect);
  }

  /** Connects to what is asked for its version. */
  interface Connecting {
    Connection connect() throws SQLException;
  }

  static String version(Connecting database) {
    try (Connection connection = database.connect()) {
      return connection.getMetaData().getDatabaseProductName()
          + " "
          + connection.getMetaData().getDatabaseProductVersion();
    } catch (SQLException e) {
      return "not known: " + e.getMessage();
    }
  }
}
