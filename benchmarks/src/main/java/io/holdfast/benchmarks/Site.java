package io.holdfast.benchmarks;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;

/**
 * A database in which a store and a plain table are measured.
 *
 * @param storeUrl with user and password
 * @param jdbcUrl of a database beside it on the same server, with user and password
 */
record Site(String storeUrl, String jdbcUrl) {

  /** Both files are flushed before a commit is acknowledged; the peer waits as long as it takes. */
  static Site sqlite(Folder folder) {
    return new Site(
        "sqlite:" + folder.file("store.db"),
        "jdbc:sqlite:"
            + folder.file("plain.db")
            + "?journal_mode=WAL&synchronous=FULL&busy_timeout=60000");
  }

  static Site postgres() {
    Postgres server = Postgres.shared();
    return new Site(
        storeUrl("postgresql", server.freshDatabase()), jdbcUrl(server.freshDatabase()));
  }

  static Site mariaDb() {
    MariaDb server = MariaDb.shared();
    return new Site(storeUrl("mariadb", server.freshDatabase()), jdbcUrl(server.freshDatabase()));
  }

  /** The URL of a new store in etcd. */
  static String etcdStore(Etcd etcd) {
    return "etcd://" + etcd.endpoint().getAuthority() + etcd.freshPrefix().replaceAll("/$", "");
  }

  static String storeUrl(String scheme, Database database) {
    return "%s://%s:%s@%s:%d/%s"
        .formatted(
            scheme,
            database.user(),
            database.password(),
            database.host(),
            database.port(),
            database.name());
  }

  private static String jdbcUrl(Database database) {
    String and = database.jdbcUrl().contains("?") ? "&" : "?";
    return database.jdbcUrl()
        + and
        + "user="
        + database.user()
        + "&password="
        + database.password();
  }

  /** Without the password. */
  @Override
  public String toString() {
    return storeUrl.replaceAll(":[^:@/]*@", "@");
  }
}
