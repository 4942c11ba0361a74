package io.holdfast.benchmarks;

import java.util.function.Consumer;

/** A store in PostgreSQL. */
final class OnPostgres {
  private OnPostgres() {}

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    Site site = Site.postgres();
    try (Writes writes = new Writes(scale, site)) {
      results.accept(writes.threads(32, Bound.atLeast(1.7)));
      results.accept(writes.processes(4, 16, Bound.atLeast(1.2)));
      results.accept(writes.threads(1, Bound.atLeast(0.75)));
      results.accept(writes.moreThreads(256, 32, Bound.atLeast(1)));
    }
    results.accept(RoundTrips.ofTransaction(scale));
    try (Visibility visibility = new Visibility(scale, site.storeUrl())) {
      visibility.lags(Bound.atMost(15)).forEach(results);
      results.accept(visibility.watchedBySubscribers());
      results.accept(visibility.watchedByProcesses());
    }
    try (Reads reads = new Reads(scale, site)) {
      results.accept(reads.get());
      results.accept(reads.page());
      results.accept(reads.count());
    }
  }
}
