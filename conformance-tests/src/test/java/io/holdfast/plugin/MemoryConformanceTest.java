package io.holdfast.plugin;

import io.holdfast.conformance.MemoryHarness;
import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;

/** The memory store keeps the whole contract; written as an author elsewhere would. */
final class MemoryConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new MemoryHarness();
  }
}
