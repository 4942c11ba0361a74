package io.holdfast.migrate;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** The kinds of records that a legacy database holds, in the order in which they are read. */
enum RecordKind {
  BUNDLES(LegacyTable.BUNDLES, "bundles"),
  ENTRIES(LegacyTable.ENTRIES, "registration entries"),
  NODES(LegacyTable.NODES, "attested nodes"),
  SELECTORS_WITHOUT_NODE(LegacyTable.NODE_SELECTORS, "selectors without a node"),
  JOIN_TOKENS(LegacyTable.JOIN_TOKENS, "join tokens"),
  FEDERATION(LegacyTable.FEDERATION, "federation relationships"),
  CA_JOURNALS(LegacyTable.CA_JOURNALS, "CA journals"),
  ENTRY_EVENTS(LegacyTable.ENTRY_EVENTS, "entry events"),
  NODE_EVENTS(LegacyTable.NODE_EVENTS, "node events");

  private static final Map<LegacyTable, RecordKind> BY_TABLE =
      Arrays.stream(values()).collect(Collectors.toMap(kind -> kind.table, kind -> kind));

  private final LegacyTable table;
  private final String label;

  RecordKind(LegacyTable table, String label) {
    this.table = table;
    this.label = label;
  }

  static RecordKind of(LegacyRecord record) {
    return BY_TABLE.get(record.table());
  }

  /** Whether each row of a table is a record of its own. */
  static boolean hasRecordsFrom(LegacyTable table) {
    return table != LegacyTable.NODE_SELECTORS && BY_TABLE.containsKey(table);
  }

  /** The kind's name for people. */
  String label() {
    return label;
  }
}
