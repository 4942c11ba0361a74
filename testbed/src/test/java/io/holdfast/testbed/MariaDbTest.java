package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

@WithMariaDb
final class MariaDbTest extends SqlServerContract<MariaDb> {

  MariaDbTest(MariaDb shared) {
    super(shared);
  }

  @Override
  MariaDb start(Wish wish, String... settings) {
    return MariaDb.start(wish, settings);
  }

  @Override
  MariaDb findShared(Wish wish) {
    return MariaDb.findShared(wish);
  }

  @Override
  String wrongSetting() {
    return "no-such-setting=1";
  }

  @Test
  void writesAreDurable(MariaDb mariaDb) throws Exception {
    Database database = mariaDb.freshDatabase();
    assertEquals("1", Sql.one(database, "SELECT @@innodb_flush_log_at_trx_commit"));
    assertEquals("1", Sql.one(database, "SELECT @@sync_binlog"));
    assertEquals("1", Sql.one(database, "SELECT @@log_bin"));
  }

  @Test
  void valuesThatDoNotFitAreRefused(MariaDb mariaDb) throws Exception {
    Database database = mariaDb.freshDatabase();
    Sql.run(database, "CREATE TABLE short (a VARCHAR(3))");
    assertThrows(SQLException.class, () -> Sql.run(database, "INSERT INTO short VALUES ('long')"));
  }
}
