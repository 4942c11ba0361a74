package io.holdfast.migrate;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The rows of a query in one or more parts, of which one at a time is open. */
interface LegacyPages extends AutoCloseable {
  /** Opens the next part and closes the one before; null when there is none. */
  ResultSet next() throws SQLException;

  @Override
  void close() throws SQLException;

  /** The rows of a query, of which a bounded number is in memory, if it asks for all. */
  static LegacyPages of(LegacySource source, LegacyQuery query) throws SQLException {
    return source.dialect().hasCursors() || !query.choice().isAll()
        ? new Cursor(source, query.table(), query.all())
        : new Numbered(source, query);
  }

  /** One result that the driver reads a few rows of at a time; the only one on MySQL meanwhile. */
  final class Cursor implements LegacyPages {
    private final Statement statement;
    private final String sql;
    private boolean begun;

    Cursor(LegacySource source, LegacyTable table, String sql) throws SQLException {
      this.statement = source.connection().createStatement();
      this.sql = sql;
      statement.setFetchSize(table.rowsAtOnce());
    }

    @Override
    public ResultSet next() throws SQLException {
      if (begun) {
        return null;
      }
      begun = true;
      return statement.executeQuery(sql);
    }

    @Override
    public void close() throws SQLException {
      statement.close();
    }
  }

  /**
   * One query for every range of numbers with about as many rows as may be in memory. MySQL's
   * protocol sends one result after the other, so a driver would hold all but one in memory whole.
   */
  final class Numbered implements LegacyPages {
    private enum Part {
      WITHOUT_KEY,
      RANGES,
      END
    }

    private final LegacySource source;
    private final LegacyQuery query;
    private Part part = Part.WITHOUT_KEY;
    private long last = Long.MIN_VALUE;
    private PreparedStatement statement;

    Numbered(LegacySource source, LegacyQuery query) {
      this.source = source;
      this.query = query;
    }

    @Override
    public ResultSet next() throws SQLException {
      close();
      if (part == Part.END) {
        return null;
      }
      if (part == Part.WITHOUT_KEY) {
        part = Part.RANGES;
        return open(query.withoutKey());
      }
      long begin = last;
      return nextBound() ? open(query.between(), begin, last) : open(query.after(), begin);
    }

    private boolean nextBound() throws SQLException {
      try (PreparedStatement bound = source.connection().prepareStatement(query.bound())) {
        bound.setLong(1, last);
        try (ResultSet row = bound.executeQuery()) {
          if (row.next()) {
            last = row.getLong(1);
            return true;
          }
        }
      }
      part = Part.END;
      return false;
    }

    private ResultSet open(String sql, long... numbers) throws SQLException {
      statement = source.connection().prepareStatement(sql);
      for (int i = 0; i < numbers.length; i++) {
        statement.setLong(i + 1, numbers[i]);
      }
      return statement.executeQuery();
    }

    @Override
    public void close() throws SQLException {
      if (statement != null) {
        statement.close();
        statement = null;
      }
    }
  }
}
