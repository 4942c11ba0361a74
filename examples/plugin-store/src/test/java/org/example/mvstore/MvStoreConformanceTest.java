package org.example.mvstore;

import io.holdfast.conformance.FolderHarness;
import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;

/** The store keeps the whole contract. */
final class MvStoreConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new FolderHarness(new MvStoreProvider(), folder -> "mvstore:" + folder + "/shop.mv");
  }
}
