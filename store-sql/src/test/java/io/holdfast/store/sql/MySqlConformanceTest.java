package io.holdfast.store.sql;

import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;
import io.holdfast.testbed.MySql;
import org.junit.jupiter.api.Tag;

/** The whole contract on MySQL. */
@Tag("mysql")
final class MySqlConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new MySqlHarness("mysql", MySql.shared().freshDatabase());
  }
}
