package io.holdfast.conformance;

import io.holdfast.store.Position;
import io.holdfast.store.Watch;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What a test did with the store. */
final class Journal {
  /** Where the commits stand that wrote something and were acknowledged. */
  final Queue<Position> acknowledged = new ConcurrentLinkedQueue<>();

  /** Every watch that was opened. */
  final Queue<Watch> watches = new ConcurrentLinkedQueue<>();
}
