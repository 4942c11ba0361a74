package io.holdfast.migrate;

import com.google.protobuf.ByteString;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.Certificate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A SPIRE server's writes, on one connection: the statements that its datastore runs, a record and
 * its event in one transaction. What it writes is random, from a seed.
 */
final class LiveSpire implements AutoCloseable {
  private static final String[] NOUNS = {
    "entry", "entry", "entry", "node", "node", "bundle", "small"
  };

  private final Connection connection;
  private final boolean zoned;
  private final String name;
  private final Random random;
  private final List<String> entries = new ArrayList<>();
  private final List<String> nodes = new ArrayList<>();
  private final List<String> tokens = new ArrayList<>();
  private int count;

  /**
   * Connects.
   *
   * @param name makes its ids unlike those of other servers
   */
  LiveSpire(String url, String user, String password, String name, long seed) throws SQLException {
    this.connection = DriverManager.getConnection(url, user, password);
    this.zoned = !url.startsWith("jdbc:m");
    this.name = name;
    this.random = new Random(seed);
    if (url.startsWith("jdbc:sqlite:")) {
      execute("PRAGMA journal_mode=WAL");
      execute("PRAGMA busy_timeout=10000");
    }
    connection.setAutoCommit(false);
    if (url.startsWith("jdbc:m")) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  /** One operation of SPIRE's datastore, in a transaction of its own. */
  void write() throws SQLException {
    begin();
    commit();
  }

  /** The statements of an operation; their ids are taken, but nobody sees them. */
  void begin() throws SQLException {
    switch (NOUNS[random.nextInt(NOUNS.length)]) {
      case "entry" -> writeEntry();
      case "node" -> writeNode();
      case "bundle" -> writeBundle();
      default -> writeSmallThings();
    }
  }

  void commit() throws SQLException {
    connection.commit();
  }

  /** Gives up an operation; its ids are lost. */
  void rollback() throws SQLException {
    connection.rollback();
  }

  private void writeEntry() throws SQLException {
    int what = random.nextInt(10);
    if (entries.isEmpty() || what < 5) {
      createEntry();
    } else if (what < 8) {
      updateEntry(entries.get(random.nextInt(entries.size())));
    } else {
      deleteEntry(entries.remove(random.nextInt(entries.size())));
    }
  }

  /** Creates an entry; its id. */
  String createEntry() throws SQLException {
    String id = name + "-entry-" + count++;
    insert(
        "INSERT INTO registered_entries (created_at, updated_at, entry_id, spiffe_id, parent_id,"
            + " ttl, admin, downstream, expiry, revision_number, store_svid, hint, jwt_svid_ttl)"
            + " VALUES (%s, %s, ?, ?, ?, 60, %s, %s, 0, 0, %s, '', 0)"
                .formatted(now(), now(), no(), no(), no()),
        id,
        "spiffe://live.example/" + id,
        "spiffe://live.example/agent/" + random.nextInt(5));
    addParts(id);
    event(id);
    entries.add(id);
    return id;
  }

  private void addParts(String id) throws SQLException {
    for (int i = 0; i <= random.nextInt(3); i++) {
      insert(
          "INSERT INTO selectors (created_at, updated_at, registered_entry_id, type, value)"
              + " SELECT %s, %s, id, 'k8s', ? FROM registered_entries WHERE entry_id = ?"
                  .formatted(now(), now()),
          "ns:" + i + ":" + random.nextInt(1000),
          id);
    }
    insert(
        "INSERT INTO dns_names (created_at, updated_at, registered_entry_id, value)"
            + " SELECT %s, %s, id, ? FROM registered_entries WHERE entry_id = ?"
                .formatted(now(), now()),
        "host-" + random.nextInt(1000),
        id);
    if (random.nextBoolean()) {
      insert(
          "INSERT INTO federated_registration_entries (bundle_id, registered_entry_id)"
              + " SELECT (SELECT MAX(id) FROM bundles), id FROM registered_entries"
              + " WHERE entry_id = ?",
          id);
    }
  }

  private void dropParts(String id) throws SQLException {
    long row = number("SELECT id FROM registered_entries WHERE entry_id = '" + id + "'");
    for (String table : List.of("selectors", "dns_names", "federated_registration_entries")) {
      execute("DELETE FROM " + table + " WHERE registered_entry_id = " + row);
    }
  }

  void updateEntry(String id) throws SQLException {
    dropParts(id);
    insert(
        "UPDATE registered_entries SET hint = ?, revision_number = revision_number + 1,"
            + " updated_at = "
            + now()
            + " WHERE entry_id = ?",
        "hint-" + random.nextInt(100),
        id);
    addParts(id);
    event(id);
  }

  void deleteEntry(String id) throws SQLException {
    dropParts(id);
    insert("DELETE FROM registered_entries WHERE entry_id = ?", id);
    event(id);
  }

  private void event(String id) throws SQLException {
    insert(
        "INSERT INTO registered_entries_events (created_at, updated_at, entry_id)"
            + " VALUES (%s, %s, ?)".formatted(now(), now()),
        id);
  }

  private void writeNode() throws SQLException {
    int what = random.nextInt(10);
    String id = "spiffe://live.example/agent/" + name + "/" + count++;
    if (nodes.isEmpty() || what < 4) {
      insert(
          "INSERT INTO attested_node_entries (created_at, updated_at, spiffe_id, data_type,"
              + " serial_number, expires_at, new_serial_number, can_reattest, agent_version)"
              + " VALUES (%s, %s, ?, 'k8s_psat', '17', %s, '', %s, '1.15.0')"
                  .formatted(now(), now(), now(), no()),
          id);
      nodes.add(id);
    } else if (what < 6) {
      id = nodes.get(random.nextInt(nodes.size()));
      insert(
          "UPDATE attested_node_entries SET serial_number = ? WHERE spiffe_id = ?",
          Integer.toString(random.nextInt(1000)),
          id);
    } else if (what < 9) {
      id = nodes.get(random.nextInt(nodes.size()));
      setSelectors(id);
    } else {
      id = nodes.remove(random.nextInt(nodes.size()));
      insert("DELETE FROM node_resolver_map_entries WHERE spiffe_id = ?", id);
      insert("DELETE FROM attested_node_entries WHERE spiffe_id = ?", id);
    }
    insert(
        "INSERT INTO attested_node_entries_events (created_at, updated_at, spiffe_id)"
            + " VALUES (%s, %s, ?)".formatted(now(), now()),
        id);
  }

  private void setSelectors(String id) throws SQLException {
    insert("DELETE FROM node_resolver_map_entries WHERE spiffe_id = ?", id);
    for (int i = 0; i < random.nextInt(4); i++) {
      insert(
          "INSERT INTO node_resolver_map_entries (created_at, updated_at, spiffe_id, type, value)"
              + " VALUES (%s, %s, ?, 'k8s', ?)".formatted(now(), now()),
          id,
          i + ":" + random.nextInt(1000));
    }
  }

  /** No event tells of what happens to bundles. */
  private void writeBundle() throws SQLException {
    String domain = "spiffe://" + name + random.nextInt(3) + ".example";
    insert("DELETE FROM bundles WHERE trust_domain = ?", domain);
    if (random.nextInt(4) > 0) {
      Bundle bundle =
          Bundle.newBuilder()
              .setTrustDomainId(domain)
              .setSequenceNumber(count++)
              .addRootCas(Certificate.newBuilder().setDerBytes(ByteString.copyFromUtf8("root")))
              .build();
      try (PreparedStatement statement =
          connection.prepareStatement(
              "INSERT INTO bundles (created_at, updated_at, trust_domain, data)"
                  + " VALUES (%s, %s, ?, ?)".formatted(now(), now()))) {
        statement.setString(1, domain);
        statement.setBytes(2, bundle.toByteArray());
        statement.executeUpdate();
      }
    }
  }

  private void writeSmallThings() throws SQLException {
    if (tokens.isEmpty() || random.nextInt(3) > 0) {
      String token = name + "-token-" + count++;
      insert(
          "INSERT INTO join_tokens (created_at, updated_at, token, expiry) VALUES (%s, %s, ?, 7)"
              .formatted(now(), now()),
          token);
      tokens.add(token);
    } else {
      insert("DELETE FROM join_tokens WHERE token = ?", tokens.remove(0));
    }
    insert("DELETE FROM federated_trust_domains WHERE trust_domain = ?", name + ".example");
    insert(
        "INSERT INTO federated_trust_domains (created_at, updated_at, trust_domain,"
            + " bundle_endpoint_url, bundle_endpoint_profile, endpoint_spiffe_id, implicit)"
            + " VALUES (%s, %s, ?, ?, 'https_web', '', %s)".formatted(now(), now(), no()),
        name + ".example",
        "https://" + random.nextInt(1000));
    insert(
        "UPDATE ca_journals SET active_x509_authority_id = ?", Integer.toString(random.nextInt()));
  }

  /** Deletes the oldest events, as SPIRE does with those of some hours ago. */
  void pruneEvents(int kept) throws SQLException {
    for (String table : List.of("registered_entries_events", "attested_node_entries_events")) {
      long newest = number("SELECT COALESCE(MAX(id), 0) FROM " + table);
      execute("DELETE FROM " + table + " WHERE id <= " + (newest - kept));
    }
    commit();
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private String now() {
    return "'2026-11-21 10:%02d:%02d%s'"
        .formatted(random.nextInt(60), random.nextInt(60), zoned ? "+00:00" : "");
  }

  private static String no() {
    return "(1 = 0)";
  }

  private void insert(String sql, String... texts) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < texts.length; i++) {
        statement.setString(i + 1, texts[i]);
      }
      statement.executeUpdate();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
