package io.holdfast.benchmarks;

import java.util.Locale;
import java.util.function.Consumer;

/** Figures that belong together and share what is prepared for them. */
enum Group {
  SQLITE("Stores in SQLite", OnSqlite::run),
  POSTGRES("Stores in PostgreSQL", OnPostgres::run),
  MARIADB("Stores in MariaDB", OnMariaDb::run),
  ETCD("Stores in etcd", OnEtcd::run),
  MEMORY("Reads from memory", MemoryReads::run),
  CHANGES("Changes of memory", MemoryChanges::run),
  LOADS("Loads of memory", MemoryLoads::run),
  SPIRE("Authorization from memory", SpireMemory::run),
  ENTRIES("SPIRE's entries beside SPIRE's tables", SpireOnPostgres::run),
  ROLLOUT("Changes of entries on their way to other servers", SpireVisibility::run),
  MIGRATION("SPIRE's tables brought across", SpireMigration::run);

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // Functions without state.
  private final Benchmark benchmark;

  Group(String title, Benchmark benchmark) {
    this.title = title;
    this.benchmark = benchmark;
  }

  /** Measures the figures of a group. */
  interface Benchmark {
    void run(Scale scale, Consumer<Result> results) throws Exception;
  }

  /** What the command line calls it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title;
  }

  /** Measures; each figure is given away as soon as it is known. */
  void run(Scale scale, Consumer<Result> results) throws Exception {
    benchmark.run(scale, results);
  }
}
