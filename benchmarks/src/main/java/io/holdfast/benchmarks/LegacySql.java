package io.holdfast.benchmarks;

import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What SPIRE asks of its tables in PostgreSQL, on one connection; for one thread. */
final class LegacySql implements AutoCloseable {
  private static final String ENTRIES =
      "SELECT e.id, e.entry_id, e.spiffe_id, e.parent_id, e.ttl, e.admin, e.downstream, e.expiry,"
          + " e.revision_number, e.store_svid, e.hint, e.jwt_svid_ttl, s.type, s.value"
          + " FROM registered_entries e LEFT JOIN selectors s ON s.registered_entry_id = e.id"
          + " WHERE ";
  private static final String IN_ORDER = " ORDER BY e.id, s.id";
  private static final String WITH_SELECTOR =
      "SELECT registered_entry_id FROM selectors WHERE type = ? AND value = ?";

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  LegacySql(Connection connection) {
    this.connection = connection;
  }

  /** How a selector filter is spelt: ids of the entries that may be in the answer. */
  enum Filter {
    /** All of them and nothing else: counted, as one look-up cannot tell. */
    EXACT(" INTERSECT "),
    /** No other ones. */
    SUBSET(" UNION "),
    /** At least all of them. */
    SUPERSET(" INTERSECT "),
    /** At least one of them. */
    ANY(" UNION ");

    private final String operator;

    Filter(String operator) {
      this.operator = operator;
    }

    String ids(int selectors) {
      String ids = String.join(operator, Collections.nCopies(selectors, WITH_SELECTOR));
      return "e.id IN (" + ids + ")" + without(selectors);
    }

    private String without(int selectors) {
      if (this != EXACT && this != SUBSET) {
        return "";
      }
      String others =
          String.join(" OR ", Collections.nCopies(selectors, "(o.type = ? AND o.value = ?)"));
      return " AND NOT EXISTS (SELECT 1 FROM selectors o"
          + " WHERE o.registered_entry_id = e.id AND NOT ("
          + others
          + "))";
    }
  }

  /** How many entries have a parent. */
  long byParent(String parentId) throws SQLException {
    return entries(ENTRIES + "e.parent_id = ?" + IN_ORDER, List.of(parentId));
  }

  /** How many have a SPIFFE ID. */
  long bySpiffeId(String spiffeId) throws SQLException {
    return entries(ENTRIES + "e.spiffe_id = ?" + IN_ORDER, List.of(spiffeId));
  }

  /** How many meet a filter. */
  long bySelectors(Filter filter, List<Selector> selectors) throws SQLException {
    String ids = filter.ids(selectors.size());
    List<String> once =
        selectors.stream()
            .flatMap(selector -> List.of(selector.getType(), selector.getValue()).stream())
            .collect(Collectors.toList());
    int times = (int) ids.chars().filter(c -> c == '?').count() / once.size();
    return entries(
        ENTRIES + ids + IN_ORDER,
        Collections.nCopies(times, once).stream().flatMap(List::stream).toList());
  }

  private long entries(String sql, List<String> parameters) throws SQLException {
    PreparedStatement statement = prepare(sql);
    for (int i = 0; i < parameters.size(); i++) {
      statement.setString(i + 1, parameters.get(i));
    }
    long entries = 0;
    RegistrationEntry.Builder entry = RegistrationEntry.newBuilder();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        if (!row.getString("entry_id").equals(entry.getEntryId())) {
          entries++;
          read(row, entry.clear());
        }
        entry.addSelectors(
            Selector.newBuilder().setType(row.getString("type")).setValue(row.getString("value")));
      }
    }
    return entries;
  }

  private static void read(ResultSet row, RegistrationEntry.Builder entry) throws SQLException {
    entry
        .setEntryId(row.getString("entry_id"))
        .setSpiffeId(row.getString("spiffe_id"))
        .setParentId(row.getString("parent_id"))
        .setX509SvidTtl(row.getInt("ttl"))
        .setAdmin(row.getBoolean("admin"))
        .setDownstream(row.getBoolean("downstream"))
        .setEntryExpiry(row.getLong("expiry"))
        .setRevisionNumber(row.getLong("revision_number"));
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
    if (similar(entry) > 0) {
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

  private long similar(RegistrationEntry entry) throws SQLException {
    List<Selector> selectors = entry.getSelectorsList();
    String sql =
        ENTRIES
            + "e.spiffe_id = ? AND e.parent_id = ? AND "
            + Filter.SUPERSET.ids(selectors.size())
            + IN_ORDER;
    List<String> parameters = new ArrayList<>(List.of(entry.getSpiffeId(), entry.getParentId()));
    selectors.forEach(
        selector -> parameters.addAll(List.of(selector.getType(), selector.getValue())));
    return entries(sql, parameters);
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
