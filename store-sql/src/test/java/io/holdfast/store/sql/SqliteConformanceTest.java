package io.holdfast.store.sql;

import io.holdfast.conformance.FolderHarness;
import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;

/** The whole contract on an SQLite file. */
final class SqliteConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new FolderHarness(new SqlProvider(), folder -> "sqlite:" + folder.resolve("store.db"));
  }
}
