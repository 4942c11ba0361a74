package io.holdfast.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** The memory that is in use. */
final class Heap {
  private static final int COLLECTIONS = 3;

  private Heap() {}

  /** Bytes that have come since; 0 if there are fewer. */
  static long since(long before) {
    return Math.max(0, used() - before);
  }

  /** Bytes that are reachable. */
  static long used() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < COLLECTIONS; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
