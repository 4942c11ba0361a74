package io.holdfast.migrate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What was read from a legacy SPIRE database, and what was not passed on, and why.
 *
 * <p>For every table, {@link #rows} is {@link #given} plus the counts of the findings that {@link
 * Dirt#skips() skip} their rows.
 *
 * @param rows rows read, per table; every table has a number
 * @param given rows that went into records, per table; every table has a number
 * @param findings the rest, by table and then by kind of dirt; empty for a clean database
 */
record LegacyReport(
    Map<LegacyTable, Long> rows, Map<LegacyTable, Long> given, List<Finding> findings) {

  LegacyReport {
    rows = Collections.unmodifiableMap(new EnumMap<>(rows));
    given = Collections.unmodifiableMap(new EnumMap<>(given));
    findings = List.copyOf(findings);
  }

  /** Rows of this table with this dirt. */
  long count(LegacyTable table, Dirt dirt) {
    return findings.stream()
        .filter(finding -> finding.table() == table && finding.dirt() == dirt)
        .mapToLong(Finding::count)
        .sum();
  }

  /** Rows that did not go into any record, over all tables. */
  long skipped() {
    return findings.stream()
        .filter(finding -> finding.dirt().skips())
        .mapToLong(Finding::count)
        .sum();
  }

  /** What can be wrong with a row. */
  enum Dirt {
    ENTRY_MISSING("belongs to a registration entry that does not exist", true),
    BUNDLE_MISSING("names a bundle that does not exist", true),
    BOTH_MISSING("links an entry and a bundle neither of which exists", true),
    NO_ID("the record's id is empty", true),
    UNREADABLE("holds a value that cannot be read", true),
    RECORD_SKIPPED("belongs to a record of which another row cannot be read", true),
    SAME_ID("has the id of a younger row, which is what SPIRE finds by it", true),
    NO_VALUE("holds NULL in the place of a value, and SPIRE does not show it", true),
    TIME_UNREADABLE("holds a time that cannot be read and is passed on as the year 1", false),
    OTHER_TRUST_DOMAIN("has data of another trust domain or of none; kept empty as its own", false),
    OLD_TAINT("calls a root tainted as SPIRE 1.7 to 1.10 did; now the root itself says so", false),
    OLD_TAINT_OF_NO_ROOT("calls a key tainted that none of its roots has; dropped", false);

    private final String text;
    private final boolean skips;

    Dirt(String text, boolean skips) {
      this.text = text;
      this.skips = skips;
    }

    /** The rest of a sentence that begins with the row. */
    String text() {
      return text;
    }

    /** Whether the row stays behind; otherwise its record is passed on, changed as described. */
    boolean skips() {
      return skips;
    }
  }

  /**
   * All rows of one table with the same dirt.
   *
   * @param count number of rows, above 0
   * @param examples the first few of them, each as a short text with the row's id
   */
  record Finding(LegacyTable table, Dirt dirt, long count, List<String> examples) {
    Finding {
      examples = List.copyOf(examples);
    }
  }

  /** Counts while the reader goes; not for use by several threads. */
  static final class Builder {
    private static final int EXAMPLES_MAX = 5;

    private final Map<LegacyTable, Long> rows = zeros();
    private final Map<LegacyTable, Long> given = zeros();
    private final Map<LegacyTable, Map<Dirt, Finding>> findings = new EnumMap<>(LegacyTable.class);

    private static Map<LegacyTable, Long> zeros() {
      Map<LegacyTable, Long> zeros = new EnumMap<>(LegacyTable.class);
      for (LegacyTable table : LegacyTable.values()) {
        zeros.put(table, 0L);
      }
      return zeros;
    }

    void row(LegacyTable table) {
      rows.merge(table, 1L, Long::sum);
    }

    /** Takes back the last row, which comes again with another record. */
    void rowComesAgain(LegacyTable table) {
      rows.merge(table, -1L, Long::sum);
    }

    void given(LegacyTable table, long count) {
      given.merge(table, count, Long::sum);
    }

    void dirt(LegacyTable table, Dirt dirt, long count, String example) {
      findings
          .computeIfAbsent(table, any -> new EnumMap<>(Dirt.class))
          .merge(dirt, new Finding(table, dirt, count, List.of(example)), Builder::join);
    }

    private static Finding join(Finding all, Finding one) {
      List<String> examples = new ArrayList<>(all.examples());
      if (examples.size() < EXAMPLES_MAX) {
        examples.addAll(one.examples());
      }
      return new Finding(all.table(), all.dirt(), all.count() + one.count(), examples);
    }

    LegacyReport build() {
      List<Finding> sorted =
          findings.values().stream()
              .flatMap(byDirt -> byDirt.values().stream())
              .sorted(Comparator.comparing(Finding::table).thenComparing(Finding::dirt))
              .toList();
      return new LegacyReport(rows, given, sorted);
    }
  }
}
