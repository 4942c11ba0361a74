package io.holdfast.migrate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Copies a legacy database into a store: reads, imports, verifies. Run once. */
final class LegacyMigration {
  /**
   * What to do.
   *
   * @param from the source's URL
   * @param to the target's URL; empty for a dry run
   * @param startOver whether to delete first what an unfinished run has left in the target
   * @param lockWait how long to wait for a locked source
   */
  record Plan(String from, String to, boolean startOver, Duration lockWait) {}

  private final Plan plan;
  private final Console console;
  private final long started = System.nanoTime();

  LegacyMigration(Plan plan, Console console) {
    this.plan = plan;
    this.console = console;
  }

  MigrationReport run() {
    try (LegacyDatabase source = LegacyDatabase.open(plan.from(), plan.lockWait())) {
      if (!plan.to().isEmpty()) {
        throw new UnsupportedOperationException("only dry runs so far");
      }
      return dryRun(source);
    }
  }

  private MigrationReport dryRun(LegacyDatabase source) {
    Map<RecordKind, Long> counts = new EnumMap<>(RecordKind.class);
    LegacyReport read;
    try (Progress progress = Progress.start(console, "read", records(source))) {
      read =
          source.read(
              record -> {
                counts.merge(RecordKind.of(record), 1L, Long::sum);
                progress.step();
              });
    }
    List<MigrationReport.Kind> kinds = new ArrayList<>();
    for (RecordKind kind : RecordKind.values()) {
      kinds.add(new MigrationReport.Kind(kind.label(), counts.getOrDefault(kind, 0L), 0, ""));
    }
    return report(source, read, kinds, List.of(), List.of());
  }

  /** About how many records there are: the rows of their main tables. */
  private static long records(LegacyDatabase source) {
    Map<LegacyTable, Long> rows = source.countRows();
    return rows.entrySet().stream()
        .filter(table -> RecordKind.hasRecordsFrom(table.getKey()))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  private MigrationReport report(
      LegacyDatabase source,
      LegacyReport read,
      List<MigrationReport.Kind> kinds,
      List<MigrationReport.Skip> refused,
      List<String> differences) {
    List<MigrationReport.Skip> skips = new ArrayList<>(skips(read));
    skips.addAll(refused);
    return new MigrationReport(
        plan.from(),
        source.schemaVersion(),
        source.codeVersion(),
        plan.to(),
        kinds,
        tables(read),
        skips,
        differences,
        Duration.ofNanos(System.nanoTime() - started));
  }

  private static List<MigrationReport.Skip> skips(LegacyReport read) {
    return read.findings().stream()
        .map(
            finding ->
                new MigrationReport.Skip(
                    finding.table().sqlName(),
                    finding.dirt().name(),
                    finding.dirt().text(),
                    finding.count(),
                    finding.examples()))
        .toList();
  }

  private static List<MigrationReport.Table> tables(LegacyReport read) {
    List<MigrationReport.Table> tables = new ArrayList<>();
    for (LegacyTable table : LegacyTable.values()) {
      tables.add(
          new MigrationReport.Table(
              table.sqlName(), read.rows().get(table), read.given().get(table)));
    }
    return tables;
  }
}
