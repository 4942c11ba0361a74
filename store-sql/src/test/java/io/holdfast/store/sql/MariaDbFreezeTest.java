package io.holdfast.store.sql;

import io.holdfast.testbed.MariaDb;

final class MariaDbFreezeTest extends MySqlFreezeContract {
  MariaDbFreezeTest() {
    super("mariadb", MariaDb.start());
  }
}
