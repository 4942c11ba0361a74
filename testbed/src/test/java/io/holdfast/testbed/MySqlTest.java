package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("mysql")
@WithMySql
final class MySqlTest extends SqlServerContract<MySql> {

  MySqlTest(MySql shared) {
    super(shared);
  }

  @Override
  MySql start(Wish wish, String... settings) {
    return MySql.start(wish, settings);
  }

  @Override
  MySql findShared(Wish wish) {
    return MySql.findShared(wish);
  }

  @Override
  String wrongSetting() {
    return "no-such-setting=1";
  }

  @Test
  void itIsNotMariaDbAndWritesAreDurable(MySql mySql) throws Exception {
    Database database = mySql.freshDatabase();
    assertFalse(Sql.one(database, "SELECT VERSION()").contains("MariaDB"));
    assertEquals("1", Sql.one(database, "SELECT @@innodb_flush_log_at_trx_commit"));
    assertEquals("1", Sql.one(database, "SELECT @@sync_binlog"));
    assertEquals("1", Sql.one(database, "SELECT @@log_bin"));
  }
}
