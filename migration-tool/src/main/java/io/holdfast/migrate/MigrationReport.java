package io.holdfast.migrate;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * What a migration did.
 *
 * @param source the source's URL
 * @param schemaVersion of the source
 * @param codeVersion the release that last wrote the source; empty if unknown
 * @param target the target's URL; empty for a dry run
 * @param kinds the records, by kind, in the order in which they were read
 * @param tables the source's rows, by table
 * @param skips what was left out or changed on the way, by reason
 * @param differences what the verification found, the first few; empty if all is well
 * @param took the whole time
 */
record MigrationReport(
    String source,
    int schemaVersion,
    String codeVersion,
    String target,
    List<Kind> kinds,
    List<Table> tables,
    List<Skip> skips,
    List<String> differences,
    Duration took) {

  MigrationReport {
    kinds = List.copyOf(kinds);
    tables = List.copyOf(tables);
    skips = List.copyOf(skips);
    differences = List.copyOf(differences);
  }

  /** Whether nothing was written. */
  boolean isDryRun() {
    return target.isEmpty();
  }

  /** Whether the target was compared with the source and holds the same. */
  boolean isVerified() {
    return !isDryRun() && differences.isEmpty();
  }

  /** How many records the target took; none with a dry run. */
  long stored() {
    return kinds.stream().mapToLong(Kind::stored).sum();
  }

  /** What the reading of a source left out. */
  static List<Skip> skips(LegacyReport read) {
    return read.findings().stream()
        .map(
            finding ->
                new Skip(
                    finding.table().sqlName(),
                    finding.dirt().name(),
                    finding.dirt().text(),
                    finding.count(),
                    finding.examples()))
        .toList();
  }

  /** The tables of a source that was read. */
  static List<Table> tables(LegacyReport read) {
    return Arrays.stream(LegacyTable.values())
        .map(table -> new Table(table.sqlName(), read.rows().get(table), read.given().get(table)))
        .toList();
  }

  /**
   * The records of one kind.
   *
   * @param name of the item type
   * @param read how many the source has
   * @param stored how many the target took; with a dry run, none
   * @param digest of those that are stored, the same on both sides; empty for a dry run
   */
  record Kind(String name, long read, long stored, String digest) {}

  /** How many records are not in the target because they are larger than it takes. */
  long tooLarge() {
    return skipped(Refusals.TOO_LARGE);
  }

  /** How many records are not in the target because it refuses what is in them. */
  long refused() {
    return skipped(LegacyFill.REFUSED);
  }

  private long skipped(String reason) {
    return skips.stream().filter(skip -> skip.reason().equals(reason)).mapToLong(Skip::count).sum();
  }

  /**
   * The rows of one table of the source.
   *
   * @param name the table's name
   * @param rows how many it has
   * @param used how many went into records
   */
  record Table(String name, long rows, long used) {}

  /**
   * What was left out, or changed, for one reason.
   *
   * @param what the table or the kind of records
   * @param reason for programs
   * @param text for people: the rest of a sentence that begins with the row
   * @param count how many rows or records
   * @param examples the first few
   */
  record Skip(String what, String reason, String text, long count, List<String> examples) {
    Skip {
      examples = List.copyOf(examples);
    }
  }
}
