package io.holdfast.store.sql;

import io.holdfast.store.Count;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a range together with the position at which it is read: in one statement on a server, in
 * one transaction on a file, where statements are cheap and rows are not loaded all at once.
 *
 * @param range what is read
 */
record Cut(KeyRange range) {
  /** A page ends before the entry that would bring its keys and values above this. */
  static final int BYTES_MAX = 4 << 20;

  /** The first entries of the range. */
  Page page(Session session, int most) throws SQLException {
    boolean together = session.dialect() instanceof ServerDialect;
    Position position = together ? null : session.head().position();
    Sql sql = session.sql();
    PreparedStatement query = session.prepare(together ? sql.pageWithHead(range) : sql.page(range));
    query.setInt(Sql.bind(query, 1, range), most + 1);
    List<KeyValue> entries = new ArrayList<>();
    long bytes = 0;
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        byte[] bytesOfKey = row.getBytes(1);
        if (position == null) {
          position = Position.of(row.getLong(5), row.getLong(6));
        }
        if (bytesOfKey == null) {
          break;
        }
        Key key = Key.ofBytes(bytesOfKey);
        if (!entries.isEmpty() && key.compareTo(entries.get(entries.size() - 1).key()) <= 0) {
          throw session.damaged(key + " comes out of order");
        }
        byte[] value = row.getBytes(2);
        bytes += key.length() + value.length;
        if (entries.size() == most || (bytes > BYTES_MAX && !entries.isEmpty())) {
          return truncated(entries, position);
        }
        entries.add(KeyValue.adopt(key, value, row.getLong(3), row.getLong(4)));
      }
    }
    return Page.last(entries, position);
  }

  private Page truncated(List<KeyValue> entries, Position position) {
    Key last = entries.get(entries.size() - 1).key();
    return Page.truncated(entries, position, range.after(last));
  }

  /** How many keys the range holds. */
  Count count(Session session) throws SQLException {
    boolean together = session.dialect() instanceof ServerDialect;
    Position position = together ? null : session.head().position();
    Sql sql = session.sql();
    PreparedStatement query =
        session.prepare(together ? sql.countWithHead(range) : sql.count(range));
    Sql.bind(query, 1, range);
    try (ResultSet row = query.executeQuery()) {
      row.next();
      if (position == null) {
        position = Position.of(row.getLong(2), row.getLong(3));
      }
      return new Count(row.getLong(1), position);
    }
  }
}
