package io.holdfast.migrate;

import java.util.List;

/**
 * One table of a legacy SPIRE database, in the order in which {@link LegacyDatabase#read} gives the
 * records.
 *
 * <p>Columns that SPIRE added after its first stable release are <em>late</em>: they may be absent,
 * and hold NULL in rows that are older than the column.
 */
enum LegacyTable {
  BUNDLES("bundles", "id trust_domain data", ""),
  ENTRIES(
      "registered_entries",
      "id created_at entry_id spiffe_id parent_id ttl admin downstream expiry revision_number"
          + " store_svid",
      "hint jwt_svid_ttl additional_attributes"),
  SELECTORS("selectors", "id registered_entry_id type value", ""),
  DNS_NAMES("dns_names", "id registered_entry_id value", ""),
  /** Which entries federate with which bundles; has no row ids. */
  LINKS("federated_registration_entries", "bundle_id registered_entry_id", ""),
  NODES(
      "attested_node_entries",
      "id spiffe_id data_type serial_number expires_at new_serial_number new_expires_at",
      "can_reattest agent_version"),
  NODE_SELECTORS("node_resolver_map_entries", "id spiffe_id type value", ""),
  JOIN_TOKENS("join_tokens", "id token expiry", ""),
  FEDERATION(
      "federated_trust_domains",
      "id trust_domain bundle_endpoint_url bundle_endpoint_profile endpoint_spiffe_id",
      ""),
  CA_JOURNALS("ca_journals", "id data active_x509_authority_id", ""),
  ENTRY_EVENTS("registered_entries_events", "id entry_id", ""),
  NODE_EVENTS("attested_node_entries_events", "id spiffe_id", "");

  private final String sqlName;
  private final String columns;
  private final String lateColumns;

  LegacyTable(String sqlName, String columns, String lateColumns) {
    this.sqlName = sqlName;
    this.columns = columns;
    this.lateColumns = lateColumns;
  }

  /** The table's name in SQL. */
  String sqlName() {
    return sqlName;
  }

  /** The columns that are read and that every supported schema has. */
  List<String> columns() {
    return List.of(columns.split(" "));
  }

  /** The columns that are read where they exist, and taken as NULL elsewhere. */
  List<String> lateColumns() {
    return lateColumns.isEmpty() ? List.of() : List.of(lateColumns.split(" "));
  }
}
