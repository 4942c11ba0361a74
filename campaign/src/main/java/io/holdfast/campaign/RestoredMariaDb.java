package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;

/** A MariaDB server that is set back to an older copy of its data. */
final class RestoredMariaDb implements Fork.Servers {
  private final MariaDb server = MariaDb.start();
  private final Database database = server.freshDatabase();

  @Override
  public String url() {
    return SqlUrls.of("mariadb", database, database.host() + ":" + database.port());
  }

  @Override
  public void keep() {
    server.kill9();
    server.keepData();
    server.restart();
  }

  @Override
  public void lose() {
    server.kill9();
    server.restoreData();
    server.restart();
  }

  @Override
  public void close() {
    server.close();
  }
}
