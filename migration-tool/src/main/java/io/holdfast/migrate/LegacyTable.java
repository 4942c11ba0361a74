package io.holdfast.migrate;

import java.util.Arrays;
import java.util.List;

/**
 * One table of a legacy SPIRE database, in the order in which {@link LegacyDatabase#read} gives the
 * records.
 *
 * <p>Columns that SPIRE added after schema version 17 are <em>late</em>: earlier versions lack
 * them, and they hold NULL in rows that are older than the column. Whole tables came later, too.
 */
enum LegacyTable {
  BUNDLES("bundles", 17, "id trust_domain data", ""),
  ENTRIES(
      "registered_entries",
      17,
      "id created_at entry_id spiffe_id parent_id ttl admin downstream expiry revision_number"
          + " store_svid",
      // Version 19 may have an x509_svid_ttl, too; no release ever kept the TTL there.
      "hint:18 jwt_svid_ttl:19 additional_attributes:25"),
  SELECTORS("selectors", 17, "id registered_entry_id type value", ""),
  DNS_NAMES("dns_names", 17, "id registered_entry_id value", ""),
  /** Which entries federate with which bundles; has no row ids. */
  LINKS("federated_registration_entries", 17, "bundle_id registered_entry_id", ""),
  NODES(
      "attested_node_entries",
      17,
      "id spiffe_id data_type serial_number expires_at new_serial_number new_expires_at",
      "can_reattest:18 agent_version:24"),
  NODE_SELECTORS("node_resolver_map_entries", 17, "id spiffe_id type value", ""),
  JOIN_TOKENS("join_tokens", 17, "id token expiry", ""),
  FEDERATION(
      "federated_trust_domains",
      17,
      "id trust_domain bundle_endpoint_url bundle_endpoint_profile endpoint_spiffe_id",
      ""),
  CA_JOURNALS("ca_journals", 23, "id data active_x509_authority_id", ""),
  ENTRY_EVENTS("registered_entries_events", 22, "id created_at entry_id", ""),
  NODE_EVENTS("attested_node_entries_events", 22, "id created_at spiffe_id", "");

  private final String sqlName;
  private final int since;
  private final String columns;
  private final String lateColumns;

  LegacyTable(String sqlName, int since, String columns, String lateColumns) {
    this.sqlName = sqlName;
    this.since = since;
    this.columns = columns;
    this.lateColumns = lateColumns;
  }

  /** The table's name in SQL. */
  String sqlName() {
    return sqlName;
  }

  /** The first schema version that has the table; 17 for those that may be older. */
  int since() {
    return since;
  }

  /** The columns that are read and that the table had from the beginning. */
  List<String> columns() {
    return List.of(columns.split(" "));
  }

  /** The columns that are read where they exist, and taken as NULL elsewhere. */
  List<Late> lateColumns() {
    return Arrays.stream(lateColumns.split(" "))
        .filter(late -> !late.isEmpty())
        .map(late -> late.split(":"))
        .map(late -> new Late(late[0], Integer.parseInt(late[1])))
        .toList();
  }

  /** How many rows of it may be in memory: few where a row can be large. */
  int rowsAtOnce() {
    return this == BUNDLES || this == CA_JOURNALS ? 20 : 1000;
  }

  /** Whether a name is that of one of these tables. */
  static boolean isOne(String sqlName) {
    return Arrays.stream(values()).anyMatch(table -> table.sqlName.equals(sqlName));
  }

  /** Whether a column holds times. */
  static boolean isTime(String column) {
    return column.endsWith("_at");
  }

  /**
   * A late column.
   *
   * @param since the first schema version that has it
   */
  record Late(String column, int since) {}
}
