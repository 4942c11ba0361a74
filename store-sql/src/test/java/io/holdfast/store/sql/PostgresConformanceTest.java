package io.holdfast.store.sql;

import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;
import io.holdfast.testbed.Postgres;

/** The whole contract on PostgreSQL. */
final class PostgresConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new PostgresHarness(Postgres.shared());
  }
}
