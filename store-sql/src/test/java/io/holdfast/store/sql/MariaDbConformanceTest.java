package io.holdfast.store.sql;

import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;
import io.holdfast.testbed.MariaDb;

/** The whole contract on MariaDB. */
final class MariaDbConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new MySqlHarness("mariadb", MariaDb.shared().freshDatabase());
  }
}
