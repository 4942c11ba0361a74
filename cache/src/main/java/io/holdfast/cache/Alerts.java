package io.holdfast.cache;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of each drift: in the log, to the listener, and in a counter. */
final class Alerts {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private final Consumer<Drift> listener;
  private final AtomicLong count = new AtomicLong();

  Alerts(Consumer<Drift> listener) {
    this.listener = listener;
  }

  void raise(Drift drift) {
    count.incrementAndGet();
    if (drift.repaired()) {
      LOG.warn("{}", drift);
    } else {
      LOG.error("{}", drift);
    }
    try {
      listener.accept(drift);
    } catch (RuntimeException | Error e) {
      Trace.tell(() -> LOG.error("The drift listener failed", e));
    }
  }

  long count() {
    return count.get();
  }
}
