package io.holdfast.store.sql;

import io.holdfast.store.Count;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.sql.RangeSql.HeadAt;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a range together with the position at which it is read, at one moment: in one statement,
 * except for pages of a file, where statements are cheap and rows with more columns are not.
 *
 * @param range what is read
 */
record Cut(KeyRange range) {
  /** A page ends before the entry that would bring its keys and values above this. */
  static final int BYTES_MAX = 4 << 20;

  /** Drivers load all rows at once, so values are left out that could sum up to more than this. */
  static final int ANSWER_BYTES = 16 << 20;

  /** So many pages behind one with a large value are not tried without. */
  private static final int BOUNDED_PAGES = 10;

  /** The first entries of the range. */
  Page page(Session session, int most) throws SQLException {
    if (range.isSingle()) {
      return single(session);
    }
    Dialect dialect = session.dialect();
    if (dialect.pageHead() != HeadAt.BEFORE) {
      return entries(session, most, null);
    }
    dialect.beginRead(session);
    try {
      return entries(session, most, session.head().position());
    } finally {
      dialect.endRead(session);
    }
  }

  private Page single(Session session) throws SQLException {
    Key key = range.start().orElseThrow();
    PreparedStatement query = session.prepare(session.sql().get);
    query.setBytes(1, key.toBytes());
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw session.headless();
      }
      Position position = Position.of(row.getLong(4), row.getLong(5));
      byte[] value = row.getBytes(1);
      long created = row.getLong(2);
      if (value == null) {
        if (!row.wasNull()) {
          throw session.damaged(key + " has no value");
        }
        return Page.last(List.of(), position);
      }
      return Page.last(List.of(KeyValue.adopt(key, value, created, row.getLong(3))), position);
    }
  }

  /** Finds the position with the rows if it is not given. */
  private Page entries(Session session, int most, Position at) throws SQLException {
    Rows rows = rows(session, most, at);
    if (rows.position == null) {
      return empty(session, most);
    }
    return rows.full
        ? Page.truncated(rows.entries, rows.position, range.after(rows.last))
        : Page.last(rows.entries, rows.position);
  }

  /** With bounds if there are large values, or were on one of the pages before. */
  private Rows rows(Session session, int most, Position at) throws SQLException {
    if (!session.expectsLarge()) {
      Rows small = new Rows(most, at).readSmall(session);
      if (!small.leftOut) {
        return small;
      }
      session.expectLarge(BOUNDED_PAGES);
    }
    Rows bounded = new Rows(most, at).readBounded(session, ANSWER_BYTES / (most + 1));
    return bounded.leftOut
        ? new Rows(bounded.number, at).readBounded(session, Integer.MAX_VALUE)
        : bounded;
  }

  /** Where the position comes with the entries it must be found that there are none. */
  private Page empty(Session session, int most) throws SQLException {
    Count count = count(session);
    return count.count() == 0 ? Page.last(List.of(), count.position()) : page(session, most);
  }

  /** The entries of a page as they come. */
  private final class Rows {
    private final int most;
    private final List<KeyValue> entries = new ArrayList<>();
    private Position position;

    /** How many entries the page takes, with those whose values were left out. */
    private int number;

    private Key last;
    private long bytes;

    /** Whether there are more than the page takes. */
    private boolean full;

    /** Whether a value was too large to be sent before it was known where the page ends. */
    private boolean leftOut;

    /** Whether the bytes of values that are left out are told. */
    private boolean bounded;

    Rows(int most, Position at) {
      this.most = most;
      this.position = at;
    }

    /** Up to the first large value. */
    Rows readSmall(Session session) throws SQLException {
      PreparedStatement query = session.prepare(session.sql().of(range).page());
      RangeSql.bindPage(query, 1, range, most + 1);
      return read(session, query);
    }

    Rows readBounded(Session session, int valueBytes) throws SQLException {
      bounded = true;
      PreparedStatement query = session.prepare(session.sql().of(range).bounded());
      RangeSql.bindBounded(query, range, most + 1, valueBytes);
      return read(session, query);
    }

    private Rows read(Session session, PreparedStatement query) throws SQLException {
      HeadAt head = session.dialect().pageHead();
      try (ResultSet row = query.executeQuery()) {
        while (!full && row.next()) {
          byte[] key = row.getBytes(1);
          if (key == null) {
            position = Position.of(row.getLong(3), row.getLong(4));
          } else {
            if (position == null) {
              position = besideEntry(session, head, row);
            }
            add(session, Key.ofBytes(key), row);
          }
        }
      }
      return this;
    }

    private Position besideEntry(Session session, HeadAt head, ResultSet row) throws SQLException {
      if (head != HeadAt.COLUMNS) {
        throw session.headless();
      }
      return Position.of(row.getLong(5), row.getLong(6));
    }

    private void add(Session session, Key key, ResultSet row) throws SQLException {
      if (last != null && key.compareTo(last) <= 0) {
        throw session.damaged(key + " comes out of order");
      }
      byte[] value = row.getBytes(2);
      long created = row.getLong(3);
      if (value == null && created >= 0) {
        if (bounded) {
          throw session.damaged(key + " has no value");
        }
        leftOut = true;
        full = true;
        return;
      }
      bytes += key.length() + (value == null ? -created : value.length);
      if (number == most || (bytes > BYTES_MAX && number > 0)) {
        full = true;
        return;
      }
      number++;
      last = key;
      if (value == null) {
        leftOut = true;
      } else {
        entries.add(KeyValue.adopt(key, value, created, row.getLong(4)));
      }
    }
  }

  /** How many keys the range holds. */
  Count count(Session session) throws SQLException {
    PreparedStatement query = session.prepare(session.sql().of(range).count());
    RangeSql.bindCount(query, range);
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw session.headless();
      }
      return new Count(row.getLong(1), Position.of(row.getLong(2), row.getLong(3)));
    }
  }
}
