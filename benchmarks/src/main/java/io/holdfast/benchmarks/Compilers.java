package io.holdfast.benchmarks;

import io.holdfast.store.Deadline;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/**
 * The compilers of all JVMs that take part in a figure. Ten that have just begun spend more time on
 * compiling than on their work, which is not what a service does, so nothing is timed before they
 * have come to rest.
 */
final class Compilers {
  private static final int TURNS_MOST = 20;
  private static final Duration TIME_MOST = Duration.ofMinutes(1);

  /** The part of a processor that compilers at rest take. */
  private static final double REST = 0.04;

  private Compilers() {}

  /** Something that all who take part work at. */
  interface Turn {
    void run() throws Exception;
  }

  /** Takes turns that do not count, for a minute at most, until these compilers rest. */
  static void settle(Scale scale, List<Child> children, Turn turn) throws Exception {
    int most = scale.times(TURNS_MOST);
    Deadline end = Deadline.after(TIME_MOST);
    double compiling = 1;
    for (int i = 0; i < most && compiling > REST && !end.hasPassed(); i++) {
      long begun = System.nanoTime();
      long before = millis(children);
      turn.run();
      compiling = (millis(children) - before) * 1e6 / (System.nanoTime() - begun);
    }
  }

  private static long millis(List<Child> children) throws Exception {
    long sum = millis();
    for (Child child : children) {
      sum += Long.parseLong(child.ask(Child.COMPILED));
    }
    return sum;
  }

  /** What this JVM's compilers have taken so far, in milliseconds of processor time. */
  static long millis() {
    return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
  }
}
