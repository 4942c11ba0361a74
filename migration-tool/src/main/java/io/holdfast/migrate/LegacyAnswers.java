package io.holdfast.migrate;

import io.holdfast.datastore.proto.Selector;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/** Answers of a legacy database to the questions of servers and agents, by SQL. */
final class LegacyAnswers {
  private final LegacySource source;
  private final LongPredicate entryRows;

  /**
   * Asks a database.
   *
   * @param entryRows whether the row of an entry can be read; others are not in the answers
   */
  LegacyAnswers(LegacySource source, LongPredicate entryRows) {
    this.source = source;
    this.entryRows = entryRows;
  }

  /** An entry, as far as it is needed to walk on. */
  private record Row(long id, String entryId, String spiffeId) {}

  /** The ids of the entries with this parent, in SPIRE's order. */
  List<String> entriesByParent(String parentId) {
    return ids(entriesBy("parent_id", parentId));
  }

  /** The ids of the entries with this SPIFFE ID, in SPIRE's order. */
  List<String> entriesBySpiffeId(String spiffeId) {
    return ids(entriesBy("spiffe_id", spiffeId));
  }

  /** The ids of the entries that have this selector, in SPIRE's order. */
  List<String> entriesWith(Selector selector) {
    return ids(
        rows(
            "SELECT e.id, e.entry_id, e.spiffe_id, s.type, s.value FROM registered_entries e"
                + " JOIN selectors s ON s.registered_entry_id = e.id"
                + " WHERE s.type = ? AND s.value = ? ORDER BY e.id",
            selector.getType(),
            selector.getValue()));
  }

  private static List<String> ids(List<Row> rows) {
    return rows.stream().map(Row::entryId).distinct().toList();
  }

  private List<Row> entriesBy(String column, String value) {
    // NULL is read as no text.
    String where = value.isEmpty() ? "(%1$s = ? OR %1$s IS NULL)" : "%1$s = ?";
    return rows(
        ("SELECT id, entry_id, spiffe_id, %1$s FROM registered_entries WHERE "
                + where
                + " ORDER BY id")
            .formatted(column),
        value);
  }

  /**
   * The ids of the entries that an agent is entitled to, sorted: those below its id and below its
   * aliases, and so on downwards.
   *
   * @param own the agent's selectors; none if it may have no aliases
   */
  Set<String> entitled(String agentId, Set<Selector> own) {
    Set<String> entitled = new TreeSet<>();
    Optional<String> trustDomain = SpiffeIds.trustDomainOf(agentId);
    if (trustDomain.isEmpty()) {
      return entitled;
    }
    String server = "spiffe://" + trustDomain.get() + "/spire/server";
    Set<String> parents = new HashSet<>(Set.of(agentId));
    for (Selector selector : own) {
      aliases(server, selector, own).forEach(row -> parents.add(row.spiffeId()));
    }
    parents.remove(server);
    Deque<String> waiting = new ArrayDeque<>(parents);
    while (!waiting.isEmpty()) {
      for (Row row : entriesBy("parent_id", waiting.remove())) {
        if (SpiffeIds.trustDomainOf(row.spiffeId()).equals(trustDomain)) {
          entitled.add(row.entryId());
          if (!row.spiffeId().equals(server) && parents.add(row.spiffeId())) {
            waiting.add(row.spiffeId());
          }
        }
      }
    }
    return entitled;
  }

  private List<Row> aliases(String server, Selector selector, Set<Selector> own) {
    List<Row> candidates =
        rows(
            "SELECT e.id, e.entry_id, e.spiffe_id, e.parent_id, s.type, s.value"
                + " FROM registered_entries e JOIN selectors s ON s.registered_entry_id = e.id"
                + " WHERE e.parent_id = ? AND s.type = ? AND s.value = ?",
            server,
            selector.getType(),
            selector.getValue());
    return candidates.stream().filter(row -> own.containsAll(selectors(row.id()))).toList();
  }

  private List<Selector> selectors(long entryRow) {
    List<Selector> selectors = new ArrayList<>();
    try (PreparedStatement statement =
        source
            .connection()
            .prepareStatement("SELECT type, value FROM selectors WHERE registered_entry_id = ?")) {
      statement.setLong(1, entryRow);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          String type = row.getString(1);
          if (type != null) {
            selectors.add(
                Selector.newBuilder().setType(type).setValue(orEmpty(row.getString(2))).build());
          }
        }
      }
      return selectors;
    } catch (SQLException e) {
      throw source.failure(e);
    }
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }

  /** Whether an agent's certificate ends after this. */
  static boolean isValid(long certNotAfter, Instant now) {
    return certNotAfter > now.getEpochSecond();
  }

  /** The rows whose last columns are these texts, to the character. */
  private List<Row> rows(String sql, String... texts) {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement statement = source.connection().prepareStatement(sql)) {
      for (int i = 0; i < texts.length; i++) {
        statement.setString(i + 1, texts[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          boolean same = true;
          for (int i = 0; i < texts.length; i++) {
            same &= texts[i].equals(orEmpty(row.getString(i + 4)));
          }
          if (same && entryRows.test(row.getLong(1))) {
            rows.add(new Row(row.getLong(1), orEmpty(row.getString(2)), orEmpty(row.getString(3))));
          }
        }
      }
      return rows;
    } catch (SQLException e) {
      throw source.failure(e);
    }
  }
}
