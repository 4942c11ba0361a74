package io.holdfast.store.sql;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.sql.CommitBatch.Change;
import io.holdfast.store.sql.CommitBatch.Entry;
import io.holdfast.store.sql.CommitBatch.Versions;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a commit reads and writes, in bulk. Used inside a transaction. */
final class CommitTables {
  /** So few statements are needed for any number of rows, and so few are kept prepared. */
  private static final int[] CHUNKS = {64, 8, 1};

  private final Session session;
  private final Sql sql;

  CommitTables(Session session) {
    this.session = session;
    this.sql = session.sql();
  }

  String place() {
    return session.dialect().place();
  }

  /** The versions of those keys that exist. */
  Map<Key, Versions> versions(Collection<Key> keys) throws SQLException {
    Map<Key, Versions> found = new HashMap<>();
    for (List<Key> chunk : chunks(keys)) {
      PreparedStatement query = session.prepare(sql.versions(chunk.size()));
      for (int i = 0; i < chunk.size(); i++) {
        query.setBytes(i + 1, chunk.get(i).toBytes());
      }
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          Versions versions = new Versions(row.getLong(2), row.getLong(3));
          found.put(Key.ofBytes(row.getBytes(1)), versions);
        }
      }
    }
    return found;
  }

  /** The tokens of those revisions that the history has. */
  Map<Long, Long> tokens(Collection<Long> revisions) throws SQLException {
    Map<Long, Long> found = new HashMap<>();
    for (List<Long> chunk : chunks(revisions)) {
      PreparedStatement query = session.prepare(sql.tokens(chunk.size()));
      for (int i = 0; i < chunk.size(); i++) {
        query.setLong(i + 1, chunk.get(i));
      }
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          found.put(row.getLong(1), row.getLong(2));
        }
      }
    }
    return found;
  }

  private static <T> List<List<T>> chunks(Collection<T> all) {
    List<T> list = List.copyOf(all);
    List<List<T>> chunks = new ArrayList<>();
    int from = 0;
    for (int size : CHUNKS) {
      while (list.size() - from >= size) {
        chunks.add(list.subList(from, from + size));
        from += size;
      }
    }
    return chunks;
  }

  /** The first keys of a range. */
  List<Key> keys(KeyRange range, int most) throws SQLException {
    PreparedStatement query = session.prepare(sql.keys(range));
    query.setInt(Sql.bind(query, 1, range), most);
    List<Key> keys = new ArrayList<>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        keys.add(Key.ofBytes(row.getBytes(1)));
      }
    }
    return keys;
  }

  boolean changedSince(KeyRange range, long revision, boolean fewCommits) throws SQLException {
    String text = fewCommits ? sql.changedSince(range) : sql.changedSinceByKey(range);
    PreparedStatement query = session.prepare(text);
    query.setLong(1, revision);
    int next = Sql.bind(query, 2, range);
    if (!fewCommits) {
      query.setLong(next, revision);
      Sql.bind(query, next + 1, range);
    }
    try (ResultSet row = query.executeQuery()) {
      return row.next();
    }
  }

  void insert(List<Entry> entries) throws SQLException {
    put(sql.insertEntry, entries);
  }

  void update(List<Entry> entries) throws SQLException {
    put(sql.updateEntry, entries);
  }

  private void put(String text, List<Entry> entries) throws SQLException {
    if (entries.isEmpty()) {
      return;
    }
    PreparedStatement write = session.prepare(text);
    for (Entry entry : entries) {
      write.setBytes(1, entry.write().value().orElseThrow());
      write.setLong(2, entry.versions().created());
      write.setLong(3, entry.versions().modified());
      write.setBytes(4, entry.write().key().toBytes());
      write.addBatch();
    }
    write.executeBatch();
  }

  void delete(List<Key> keys) throws SQLException {
    if (keys.isEmpty()) {
      return;
    }
    PreparedStatement write = session.prepare(sql.deleteEntry);
    for (Key key : keys) {
      write.setBytes(1, key.toBytes());
      write.addBatch();
    }
    write.executeBatch();
  }

  void record(List<Change> changes, long millis) throws SQLException {
    PreparedStatement write = session.prepare(sql.insertChange);
    for (Change change : changes) {
      write.setLong(1, change.commit().revision().number());
      write.setInt(2, change.seq());
      write.setBytes(3, change.write().key().toBytes());
      if (change.write().isDelete()) {
        write.setNull(4, Types.BLOB);
        write.setNull(5, Types.BIGINT);
      } else {
        write.setBytes(4, change.write().value().orElseThrow());
        write.setLong(5, change.created());
      }
      write.setLong(6, change.commit().token());
      write.setLong(7, millis);
      write.addBatch();
    }
    write.executeBatch();
  }

  void advance(Position head) throws SQLException {
    PreparedStatement write = session.prepare(sql.advance);
    write.setLong(1, head.revision().number());
    write.setLong(2, head.token());
    write.executeUpdate();
  }
}
