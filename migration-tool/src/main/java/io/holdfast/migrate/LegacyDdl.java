package io.holdfast.migrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tables of schema version 25 as SPIRE's ORM makes them on each kind of database. */
final class LegacyDdl {
  static final String MIGRATIONS = "migrations";

  /** Table, columns and indexes; ! is for NOT NULL and for unique. */
  private static final String TABLES =
      """
      migrations | version int, code_version text
      bundles | trust_domain text!, data bytes | uix_bundles_trust_domain! trust_domain
      attested_node_entries | spiffe_id text, data_type text, serial_number text, expires_at time,\
       new_serial_number text, new_expires_at time, can_reattest bool, agent_version text\
       | uix_attested_node_entries_spiffe_id! spiffe_id\
       | idx_attested_node_entries_expires_at expires_at
      attested_node_entries_events | spiffe_id text
      node_resolver_map_entries | spiffe_id text, type text, value text\
       | idx_node_resolver_map! spiffe_id, type, value
      registered_entries | entry_id text, spiffe_id text, parent_id text, ttl int, admin bool,\
       downstream bool, expiry long, revision_number long, store_svid bool, hint text,\
       jwt_svid_ttl int, additional_attributes bytes\
       | uix_registered_entries_entry_id! entry_id\
       | idx_registered_entries_spiffe_id spiffe_id | idx_registered_entries_parent_id parent_id\
       | idx_registered_entries_expiry expiry | idx_registered_entries_hint hint
      registered_entries_events | entry_id text
      join_tokens | token text, expiry long | uix_join_tokens_token! token
      selectors | registered_entry_id ref, type text, value text\
       | idx_selector_entry! registered_entry_id, type, value | idx_selectors_type_value type, value
      dns_names | registered_entry_id ref, value text | idx_dns_entry! registered_entry_id, value
      federated_trust_domains | trust_domain text!, bundle_endpoint_url text,\
       bundle_endpoint_profile text, endpoint_spiffe_id text, implicit bool\
       | uix_federated_trust_domains_trust_domain! trust_domain
      ca_journals | data bytes, active_x509_authority_id text, active_jwt_authority_id text\
       | idx_ca_journals_active_x509_authority_id active_x509_authority_id\
       | idx_ca_journals_active_jwt_authority_id active_jwt_authority_id
      federated_registration_entries | bundle_id ref, registered_entry_id ref\
       | idx_federated_registration_entries_registered_entry_id registered_entry_id
      """;

  private static final Map<String, Table> BY_NAME = parse();

  private LegacyDdl() {}

  /**
   * A table.
   *
   * @param columns with their types, without those that all but the links have
   * @param indexes as a name and columns
   */
  private record Table(String name, Map<String, String> columns, List<String> indexes) {
    boolean isLinks() {
      return name.equals(LegacyTable.LINKS.sqlName());
    }

    /** With the columns that SPIRE's ORM puts before all others. */
    Map<String, String> allColumns() {
      Map<String, String> all = new LinkedHashMap<>();
      if (!isLinks()) {
        all.put("id", "id");
        all.put("created_at", "time");
        all.put("updated_at", "time");
      }
      all.putAll(columns);
      return all;
    }
  }

  private static Map<String, Table> parse() {
    Map<String, Table> tables = new LinkedHashMap<>();
    for (String line : TABLES.lines().toList()) {
      String[] parts = line.split("\\s*\\|\\s*");
      Map<String, String> columns = new LinkedHashMap<>();
      for (String column : parts[1].split(",\\s*")) {
        String[] nameAndType = column.split(" ");
        columns.put(nameAndType[0], nameAndType[1]);
      }
      List<String> indexes = Arrays.asList(parts).subList(2, parts.length);
      tables.put(parts[0], new Table(parts[0], columns, indexes));
    }
    return tables;
  }

  /** The names of all tables; that with the version first. */
  static List<String> tables() {
    return List.copyOf(BY_NAME.keySet());
  }

  /** The names of a table's columns, in their order. */
  static List<String> columns(String table) {
    return List.copyOf(BY_NAME.get(table).allColumns().keySet());
  }

  /** Whether a table counts its rows. */
  static boolean hasIds(String table) {
    return !BY_NAME.get(table).isLinks();
  }

  /** The statements that create the table with the version. */
  static List<String> versionTable(LegacyDialect dialect) {
    return statements(dialect, BY_NAME.get(MIGRATIONS));
  }

  /** The statements that create all other tables. */
  static List<String> otherTables(LegacyDialect dialect) {
    return BY_NAME.values().stream()
        .filter(table -> !table.name().equals(MIGRATIONS))
        .flatMap(table -> statements(dialect, table).stream())
        .toList();
  }

  private static List<String> statements(LegacyDialect dialect, Table table) {
    List<String> lines = new ArrayList<>();
    table
        .allColumns()
        .forEach((name, type) -> lines.add(dialect.quote(name) + " " + type(dialect, type)));
    if (table.isLinks()) {
      lines.add("PRIMARY KEY (" + columns(dialect, "bundle_id, registered_entry_id") + ")");
    } else if (dialect != LegacyDialect.SQLITE) {
      lines.add("PRIMARY KEY (" + dialect.quote("id") + ")");
    }
    List<String> statements = new ArrayList<>();
    statements.add(
        "CREATE TABLE %s (%s)%s"
            .formatted(
                dialect.quote(table.name()), String.join(", ", lines), dialect.tableOptions()));
    table.indexes().forEach(index -> statements.add(index(dialect, table.name(), index)));
    return statements;
  }

  private static String index(LegacyDialect dialect, String table, String index) {
    int blank = index.indexOf(' ');
    String name = index.substring(0, blank);
    boolean unique = name.endsWith("!");
    return "CREATE %sINDEX %s ON %s (%s)"
        .formatted(
            unique ? "UNIQUE " : "",
            name.replace("!", ""),
            dialect.quote(table),
            columns(dialect, index.substring(blank + 1)));
  }

  private static String columns(LegacyDialect dialect, String names) {
    return String.join(", ", Arrays.stream(names.split(",\\s*")).map(dialect::quote).toList());
  }

  private static String type(LegacyDialect dialect, String type) {
    return type.endsWith("!")
        ? dialect.type(type.replace("!", "")) + " NOT NULL"
        : dialect.type(type);
  }
}
