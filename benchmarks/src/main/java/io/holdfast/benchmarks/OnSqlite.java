package io.holdfast.benchmarks;

import java.util.function.Consumer;

/** A store in an SQLite file. */
final class OnSqlite {
  private OnSqlite() {}

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (Folder folder = new Folder()) {
      Site site = Site.sqlite(folder);
      try (Writes writes = new Writes(scale, site)) {
        results.accept(writes.threads(32, Bound.atLeast(5)));
        results.accept(writes.threadsInTurn(32, Bound.atLeast(5)));
        results.accept(writes.threads(1, Bound.none()));
        results.accept(writes.processes(4, 16, Bound.none()));
      }
      try (Reads reads = new Reads(scale, site)) {
        results.accept(reads.get());
        results.accept(reads.page());
        results.accept(reads.count());
      }
      try (Visibility visibility = new Visibility(scale, site.storeUrl())) {
        visibility.lags(Bound.none()).forEach(results);
      }
    }
  }
}
