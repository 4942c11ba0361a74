package io.holdfast.store.sql;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The statements that read a range.
 *
 * @param page the first entries in key order: key, value, created and modified, and the head as
 *     {@link HeadAt} says; of a value that the tables call large there is null
 * @param bounded for servers, the same with large values: it is said first, twice, how many bytes
 *     one may have, and of a larger one there is, instead of value and created, null and the
 *     negative number of its bytes
 * @param count one row: the number of entries, and the head's revision and token
 */
record RangeSql(String page, String bounded, String count) {
  /** Where a page's statement has the head, so that both are of one moment and it is quick. */
  enum HeadAt {
    /** Nowhere: it is read by itself, in the same transaction. */
    BEFORE,
    /** In a row of two nulls and the head's revision and token, in front of the entries. */
    ROW,
    /** Revision and token in two more columns of each entry. */
    COLUMNS
  }

  private static final String LAST_KEY =
      "(SELECT entry_key FROM {entries} ORDER BY entry_key DESC LIMIT 1)";
  private static final String BOUNDED =
      "entry_key,"
          + " CASE WHEN octet_length(large_value) > ? THEN NULL"
          + " ELSE COALESCE(entry_value, large_value) END,"
          + " CASE WHEN octet_length(large_value) > ? THEN -octet_length(large_value)"
          + " ELSE created END, modified";
  private static final int START = 1;
  private static final int END = 2;

  /** For each way in which a range can be bounded, in the order of {@link #ofBounds}. */
  static List<RangeSql> all(Dialect dialect) {
    String ofHead = Sql.FROM_HEAD + Sql.ofHead(dialect);
    return IntStream.rangeClosed(0, START | END)
        .mapToObj(
            bounds ->
                new RangeSql(
                    page(dialect, "entry_key, entry_value, created, modified", bounds),
                    page(dialect, BOUNDED, bounds),
                    count(ofHead, bounds)))
        .toList();
  }

  /** The same after a change of each statement. */
  RangeSql each(UnaryOperator<String> change) {
    return new RangeSql(change.apply(page), change.apply(bounded), change.apply(count));
  }

  /** Where a range's statements are among all. */
  static int ofBounds(KeyRange range) {
    return (range.start().isPresent() ? START : 0) | (range.end().isPresent() ? END : 0);
  }

  private static String where(int bounds) {
    return switch (bounds) {
      case START -> " WHERE entry_key >= ?";
      case END -> " WHERE entry_key < ?";
      case START | END -> " WHERE entry_key >= ? AND entry_key < ?";
      default -> "";
    };
  }

  private static String page(Dialect dialect, String columns, int bounds) {
    String inOrder = " ORDER BY entry_key LIMIT ?";
    String entries = "SELECT " + columns + " FROM {entries}" + where(bounds) + inOrder;
    return switch (dialect.pageHead()) {
      case BEFORE -> entries;
      case ROW ->
          "SELECT NULL, NULL, m.revision, m.token"
              + Sql.FROM_HEAD
              + Sql.ofHead(dialect)
              + " UNION ALL ("
              + entries
              + ")";
      // The head is found by its key, so it is read once, before the range.
      case COLUMNS ->
          "SELECT "
              + columns
              + ", m.revision, m.token"
              + Sql.FROM_HEAD
              + " JOIN {entries}"
              + Sql.ofHead(dialect)
              + where(bounds).replace(" WHERE ", " AND ")
              + inOrder;
    };
  }

  /** Where no key is above the range, its end is not compared with each. */
  private static String count(String ofHead, int bounds) {
    String within = countOf(bounds);
    String number =
        (bounds & END) == 0
            ? within
            : "CASE WHEN "
                + LAST_KEY
                + " < ? THEN "
                + countOf(bounds & START)
                + " ELSE "
                + within
                + " END";
    return "SELECT " + number + ", m.revision, m.token" + ofHead;
  }

  private static String countOf(int bounds) {
    return "(SELECT COUNT(*) FROM {entries}" + where(bounds) + ")";
  }

  /** Binds what {@link #page} asks for, from parameter {@code next} on. */
  static void bindPage(PreparedStatement page, int next, KeyRange range, int rows)
      throws SQLException {
    page.setInt(Sql.bind(page, next, range), rows);
  }

  /** Binds what {@link #bounded} asks for. */
  static void bindBounded(PreparedStatement page, KeyRange range, int rows, int valueBytes)
      throws SQLException {
    page.setInt(1, valueBytes);
    page.setInt(2, valueBytes);
    bindPage(page, 3, range, rows);
  }

  /** Binds what {@link #count} asks for. */
  static void bindCount(PreparedStatement count, KeyRange range) throws SQLException {
    int next = 1;
    if (range.end().isPresent()) {
      count.setBytes(next++, range.end().map(Key::toBytes).orElseThrow());
      if (range.start().isPresent()) {
        count.setBytes(next++, range.start().map(Key::toBytes).orElseThrow());
      }
    }
    Sql.bind(count, next, range);
  }
}
