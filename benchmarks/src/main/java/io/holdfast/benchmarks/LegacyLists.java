package io.holdfast.benchmarks;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntry.AdditionalAttributes;
import io.holdfast.datastore.proto.Selector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lists of entries from SPIRE's tables in PostgreSQL, whole, each with one prepared statement: the
 * ids that meet a filter, and for these the entries, the bundles that they federate with, their DNS
 * names and their selectors, in the order of the entries' ids. For one thread.
 */
final class LegacyLists {
  private static final int ENTRY = 0;
  private static final int BUNDLE = 1;
  private static final int DNS_NAME = 2;
  private static final int SELECTOR = 3;

  private static final String PARTS =
      """
      SELECT e.id AS entry, 0 AS part, 0 AS place, e.entry_id AS text, e.spiffe_id AS more,
          e.parent_id, e.hint, e.ttl, e.jwt_svid_ttl, e.admin, e.downstream, e.store_svid, e.expiry,
          e.revision_number, round(extract(epoch FROM e.created_at))::BIGINT AS created,
          e.additional_attributes
        FROM registered_entries e WHERE e.id IN (SELECT id FROM met)
      UNION ALL
      SELECT f.registered_entry_id, 1, b.id, b.trust_domain, NULL,
          NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM federated_registration_entries f JOIN bundles b ON b.id = f.bundle_id
        WHERE f.registered_entry_id IN (SELECT id FROM met)
      UNION ALL
      SELECT d.registered_entry_id, 2, d.id, d.value, NULL,
          NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM dns_names d WHERE d.registered_entry_id IN (SELECT id FROM met)
      UNION ALL
      SELECT s.registered_entry_id, 3, s.id, s.type, s.value,
          NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM selectors s WHERE s.registered_entry_id IN (SELECT id FROM met)
      ORDER BY entry, part, place
      """;

  private static final String WITH_PARENT = "SELECT id FROM registered_entries WHERE parent_id = ?";
  private static final String WITH_SPIFFE_ID =
      "SELECT id FROM registered_entries WHERE spiffe_id = ?";
  private static final String WITH_SELECTOR =
      "SELECT registered_entry_id AS id FROM selectors WHERE type = ? AND value = ?";

  private final Connection connection;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();

  LegacyLists(Connection connection) {
    this.connection = connection;
  }

  /** How a selector filter is spelt. */
  enum Filter {
    /** All of them and nothing else. */
    EXACT(" INTERSECT ", true),
    /** No other ones. */
    SUBSET(" UNION ", true),
    /** At least all of them. */
    SUPERSET(" INTERSECT ", false),
    /** At least one of them. */
    ANY(" UNION ", false);

    private final String operator;
    private final boolean noOthers;

    Filter(String operator, boolean noOthers) {
      this.operator = operator;
      this.noOthers = noOthers;
    }

    private String ids(int selectors) {
      String ids = String.join(operator, Collections.nCopies(selectors, WITH_SELECTOR));
      return noOthers ? "SELECT id FROM (" + ids + ") met_some" + without(selectors) : ids;
    }

    private static String without(int selectors) {
      String others =
          String.join(" OR ", Collections.nCopies(selectors, "(o.type = ? AND o.value = ?)"));
      return " WHERE NOT EXISTS (SELECT 1 FROM selectors o"
          + " WHERE o.registered_entry_id = met_some.id AND NOT ("
          + others
          + "))";
    }

    /** How often each selector stands in the statement. */
    private int times() {
      return noOthers ? 2 : 1;
    }
  }

  List<RegistrationEntry> byParent(String parentId) throws SQLException {
    return entries(WITH_PARENT, List.of(parentId));
  }

  List<RegistrationEntry> bySpiffeId(String spiffeId) throws SQLException {
    return entries(WITH_SPIFFE_ID, List.of(spiffeId));
  }

  List<RegistrationEntry> bySelectors(Filter filter, List<Selector> selectors) throws SQLException {
    return entries(filter.ids(selectors.size()), texts(selectors, filter.times()));
  }

  /** Whether there is one with the same SPIFFE ID, parent and selectors, asked as SPIRE does. */
  boolean hasLike(RegistrationEntry entry) throws SQLException {
    List<String> parameters = new ArrayList<>(List.of(entry.getParentId(), entry.getSpiffeId()));
    parameters.addAll(texts(entry.getSelectorsList(), 1));
    String ids =
        WITH_PARENT
            + " AND spiffe_id = ? INTERSECT "
            + Filter.SUPERSET.ids(entry.getSelectorsCount());
    return entries(ids, parameters).stream()
        .anyMatch(found -> found.getSelectorsCount() == entry.getSelectorsCount());
  }

  private static List<String> texts(List<Selector> selectors, int times) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      for (Selector selector : selectors) {
        texts.add(selector.getType());
        texts.add(selector.getValue());
      }
    }
    return texts;
  }

  private List<RegistrationEntry> entries(String ids, List<String> parameters) throws SQLException {
    PreparedStatement statement = prepared.get(ids);
    if (statement == null) {
      statement = connection.prepareStatement("WITH met AS (" + ids + ")\n" + PARTS);
      prepared.put(ids, statement);
    }
    for (int i = 0; i < parameters.size(); i++) {
      statement.setString(i + 1, parameters.get(i));
    }
    List<RegistrationEntry> entries = new ArrayList<>();
    RegistrationEntry.Builder entry = null;
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        int part = row.getInt(2);
        if (part == ENTRY) {
          if (entry != null) {
            entries.add(entry.build());
          }
          entry = entry(row);
        } else {
          add(part, row, entry);
        }
      }
    }
    if (entry != null) {
      entries.add(entry.build());
    }
    return entries;
  }

  private static void add(int part, ResultSet row, RegistrationEntry.Builder entry)
      throws SQLException {
    String text = row.getString(4);
    switch (part) {
      case BUNDLE -> entry.addFederatesWith(text);
      case DNS_NAME -> entry.addDnsNames(text);
      case SELECTOR ->
          entry.addSelectors(Selector.newBuilder().setType(text).setValue(row.getString(5)));
      default -> throw new SQLException("there is no part " + part);
    }
  }

  private static RegistrationEntry.Builder entry(ResultSet row) throws SQLException {
    RegistrationEntry.Builder entry =
        RegistrationEntry.newBuilder()
            .setEntryId(row.getString(4))
            .setSpiffeId(row.getString(5))
            .setParentId(row.getString(6))
            .setHint(row.getString(7))
            .setX509SvidTtl(row.getInt(8))
            .setJwtSvidTtl(row.getInt(9))
            .setAdmin(row.getBoolean(10))
            .setDownstream(row.getBoolean(11))
            .setStoreSvid(row.getBoolean(12))
            .setEntryExpiry(row.getLong(13))
            .setRevisionNumber(row.getLong(14))
            .setCreatedAt(row.getLong(15));
    byte[] attributes = row.getBytes(16);
    if (attributes != null && attributes.length > 0) {
      try {
        entry.setAdditionalAttributes(AdditionalAttributes.parseFrom(attributes));
      } catch (InvalidProtocolBufferException e) {
        throw new SQLException("the attributes of an entry are damaged", e);
      }
    }
    return entry;
  }
}
