package io.holdfast.benchmarks;

import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** What SPIRE asks of its tables in PostgreSQL, on one connection; for one thread. */
final class LegacySql implements AutoCloseable {
  private final Connection connection;
  private final LegacyLists lists;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  LegacySql(Connection connection) {
    this.connection = connection;
    this.lists = new LegacyLists(connection);
  }

  /** Its lists of entries. */
  LegacyLists lists() {
    return lists;
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement known = prepared.get(sql);
    if (known == null) {
      known = connection.prepareStatement(sql);
      prepared.put(sql, known);
    }
    return known;
  }

  /** Creates an entry in one transaction, as SPIRE does: unless there is a similar one. */
  void create(RegistrationEntry entry) throws SQLException {
    connection.setAutoCommit(false);
    if (lists.hasLike(entry)) {
      throw new SQLException("there is a similar entry");
    }
    long id = insert(entry);
    for (Selector selector : entry.getSelectorsList()) {
      PreparedStatement insert =
          prepare(
              "INSERT INTO selectors (created_at, updated_at, registered_entry_id, type, value)"
                  + " VALUES (?, ?, ?, ?, ?) RETURNING id");
      stamp(insert);
      insert.setLong(3, id);
      insert.setString(4, selector.getType());
      insert.setString(5, selector.getValue());
      first(insert);
    }
    PreparedStatement event =
        prepare(
            "INSERT INTO registered_entries_events (created_at, updated_at, entry_id)"
                + " VALUES (?, ?, ?) RETURNING id");
    stamp(event);
    event.setString(3, entry.getEntryId());
    first(event);
    connection.commit();
  }

  private long insert(RegistrationEntry entry) throws SQLException {
    PreparedStatement insert =
        prepare(
            "INSERT INTO registered_entries (created_at, updated_at, entry_id, spiffe_id,"
                + " parent_id, ttl, admin, downstream, expiry, revision_number, store_svid, hint,"
                + " jwt_svid_ttl) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
    stamp(insert);
    insert.setString(3, entry.getEntryId());
    insert.setString(4, entry.getSpiffeId());
    insert.setString(5, entry.getParentId());
    insert.setInt(6, entry.getX509SvidTtl());
    insert.setBoolean(7, entry.getAdmin());
    insert.setBoolean(8, entry.getDownstream());
    insert.setLong(9, entry.getEntryExpiry());
    insert.setLong(10, 0);
    insert.setBoolean(11, entry.getStoreSvid());
    insert.setString(12, entry.getHint());
    insert.setInt(13, entry.getJwtSvidTtl());
    return first(insert);
  }

  private static void stamp(PreparedStatement insert) throws SQLException {
    Timestamp now = Timestamp.from(Instant.now());
    insert.setTimestamp(1, now);
    insert.setTimestamp(2, now);
  }

  private static long first(PreparedStatement insert) throws SQLException {
    try (ResultSet row = insert.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
