package io.holdfast.benchmarks;

import java.util.function.Consumer;

/** A store in MariaDB. */
final class OnMariaDb {
  private OnMariaDb() {}

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    Site site = Site.mariaDb();
    try (Writes writes = new Writes(scale, site)) {
      results.accept(writes.threads(32, Bound.atLeast(1.0)));
      results.accept(writes.threads(128, Bound.atLeast(1.5)));
      results.accept(writes.threads(1, Bound.none()));
    }
    try (Reads reads = new Reads(scale, site)) {
      results.accept(reads.get());
      results.accept(reads.page());
      results.accept(reads.count());
    }
  }
}
