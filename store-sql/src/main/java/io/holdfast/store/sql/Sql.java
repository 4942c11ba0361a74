package io.holdfast.store.sql;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The statements, in the SQL that all databases share. */
final class Sql {
  static final String FROM_HEAD = " FROM {meta} m";

  /** Behind {@link #FROM_HEAD}: the id says also to a planner without statistics: one row. */
  static String ofHead(Dialect dialect) {
    return " WHERE m.id = 1" + dialect.ofPrimary();
  }

  private final Dialect dialect;
  private final String prefix;
  private final String keys;
  private final String versions;
  private final String tokens;
  private final String changed;
  private final List<RangeSql> ranges;
  private final Map<String, String> expanded = new ConcurrentHashMap<>();

  final String head;
  final String get;
  final String token;
  final String insertEntry;
  final String updateEntry;
  final String deleteEntry;
  final String insertChange;
  final String advance;
  final String history;
  final String firstYoung;
  final String advanceOldest;
  final String firstChange;
  final String trim;
  final String advanceLane;
  final String insertLane;
  final String createLane;
  final String lockLane;
  final String removeLane;
  final String oldLanes;
  final String removeOldLane;

  Sql(Dialect dialect, String prefix) {
    this.dialect = dialect;
    this.prefix = prefix;
    head =
        expand(
            "SELECT m.revision, m.token, m.oldest, m.incarnation"
                + FROM_HEAD
                + ofHead(dialect)
                + " AND EXISTS (SELECT 1 FROM {changes} c"
                + " WHERE c.revision = m.revision AND c.token = m.token)");
    get =
        expand(
            "SELECT "
                + dialect.value()
                + ", e.created, e.modified, m.revision, m.token"
                + FROM_HEAD
                + " LEFT JOIN {entries} e ON e.entry_key = ?"
                + ofHead(dialect));
    token = expand("SELECT token FROM {changes} WHERE revision = ? LIMIT 1");
    insertEntry =
        expand(
            "INSERT INTO {entries} (entry_value, created, modified, entry_key)"
                + " VALUES (?, ?, ?, ?)");
    updateEntry =
        expand(
            "UPDATE {entries} SET entry_value = ?, created = ?, modified = ? WHERE entry_key = ?");
    deleteEntry = expand("DELETE FROM {entries} WHERE entry_key = ?");
    insertChange =
        expand(
            "INSERT INTO {changes}"
                + " (revision, seq, entry_key, entry_value, created, token, committed_at)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)");
    advance = expand("UPDATE {meta} SET revision = ?, token = ? WHERE id = 1");
    history = expand(dialect.history());
    firstYoung =
        expand(
            "SELECT revision FROM {changes} WHERE revision > ? AND revision <= ?"
                + " AND committed_at > ? ORDER BY revision LIMIT 1");
    advanceOldest = expand("UPDATE {meta} SET oldest = ? WHERE id = 1 AND oldest < ?");
    firstChange =
        expand("SELECT revision FROM {changes} WHERE revision >= ? ORDER BY revision LIMIT 1");
    trim = expand("DELETE FROM {changes} WHERE revision < ?");
    advanceLane = expand("UPDATE {lanes} SET sequence = sequence + 1 WHERE id = ?");
    keys = expand("SELECT entry_key FROM {entries} WHERE 1 = 1");
    versions = expand("SELECT entry_key, created, modified FROM {entries} WHERE entry_key IN (");
    tokens = expand("SELECT revision, token FROM {changes} WHERE seq = 0 AND revision IN (");
    changed = expand("SELECT 1 FROM {changes} WHERE ");
    ranges = RangeSql.all(dialect).stream().map(range -> range.each(this::expand)).toList();
    insertLane = expand("INSERT INTO {lanes} (id, sequence) VALUES (?, 1)");
    createLane = expand("INSERT INTO {lanes} (id, sequence, used_at) VALUES (?, 0, ?)");
    lockLane =
        expand(
            "SELECT sequence, token, first_revision, succeeded FROM {lanes} WHERE id = ?"
                + " FOR UPDATE");
    removeLane = expand("DELETE FROM {lanes} WHERE id = ?");
    oldLanes = expand("SELECT id FROM {lanes} WHERE used_at < ? LIMIT ?");
    removeOldLane = expand("DELETE FROM {lanes} WHERE id = ? AND used_at < ?");
  }

  /** Puts the tables' names in place of {@code {entries}} and the like. */
  String expand(String text) {
    return expanded.computeIfAbsent(text, one -> one.replaceAll("\\{(\\w+)}", prefix + "$1"));
  }

  /** The statements that read such a range. */
  RangeSql of(KeyRange range) {
    return ranges.get(RangeSql.ofBounds(range));
  }

  /** The first keys of a range; its bounds and the number of rows are bound. */
  String keys(KeyRange range) {
    return keys + within(range, "entry_key") + " ORDER BY entry_key LIMIT ?";
  }

  /** Created and modified of {@code number} keys. */
  String versions(int number) {
    return versions + marks(number);
  }

  /** The tokens of {@code number} revisions. */
  String tokens(int number) {
    return tokens + marks(number);
  }

  private static String marks(int count) {
    return String.join(", ", Collections.nCopies(count, "?")) + ")";
  }

  /**
   * Whether anything in a range changed above a revision, which is bound first. Found through the
   * revisions, which is quick where they are few.
   */
  String changedSince(KeyRange range) {
    return changed + "revision > ?" + within(range, dialect.unindexed("entry_key")) + " LIMIT 1";
  }

  /**
   * The same, found through the keys: quick where the range is small, however old the read. What is
   * there says itself when it was written. Revision and range are bound twice.
   */
  String changedSinceByKey(KeyRange range) {
    return expand("SELECT 1 FROM {entries} WHERE ")
        + dialect.unindexed("modified")
        + " > ?"
        + within(range, "entry_key")
        + " UNION ALL "
        + changed
        + "entry_value IS NULL AND "
        + dialect.unindexed("revision")
        + " > ?"
        + within(range, "entry_key")
        + " LIMIT 1";
  }

  private static String within(KeyRange range, String column) {
    return (range.start().isPresent() ? " AND " + column + " >= ?" : "")
        + (range.end().isPresent() ? " AND " + column + " < ?" : "");
  }

  /** Binds the bounds of a range from parameter {@code next} on; returns the next free one. */
  static int bind(PreparedStatement statement, int next, KeyRange range) throws SQLException {
    int free = next;
    if (range.start().isPresent()) {
      statement.setBytes(free++, range.start().map(Key::toBytes).orElseThrow());
    }
    if (range.end().isPresent()) {
      statement.setBytes(free++, range.end().map(Key::toBytes).orElseThrow());
    }
    return free;
  }
}
