package io.holdfast.conformance;

/** The memory store keeps the whole contract. */
final class MemoryConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new MemoryHarness();
  }
}
