package io.holdfast.store.sql;

import io.holdfast.testbed.MySql;
import org.junit.jupiter.api.Tag;

@Tag("mysql")
final class MySqlFreezeTest extends MySqlFreezeContract {
  MySqlFreezeTest() {
    super("mysql", MySql.start());
  }
}
