package io.holdfast.store.sql;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A stretch of the history, whole commits only.
 *
 * @param commits those that touch the watched ranges, in order
 * @param reached the position up to which the history was looked through
 * @param more whether it went on behind that
 */
record HistoryPage(List<Commit> commits, Position reached, boolean more) {
  /** One read looks through at most so many commits, so that it ends soon. */
  private static final long COMMITS_MAX = 1000;

  /** A page ends with the commit that brings its keys and values to this size. */
  private static final long BYTES = 1 << 20;

  /** A commit with its events in the watched ranges; at least one. */
  record Commit(Position position, List<Event> events) {}

  /**
   * Reads behind a position, after proving that it belongs to this history. Runs in a transaction,
   * so that what was proven and what is read are of one moment.
   */
  static HistoryPage read(Session session, List<KeyRange> ranges, Position after)
      throws SQLException {
    Head head = session.head();
    prove(session, head, after);
    long from = after.revision().number();
    if (head.revision() == from) {
      return new HistoryPage(List.of(), after, false);
    }
    long to = Math.min(head.revision(), from + COMMITS_MAX);
    Reader reader = new Reader(session, ranges);
    long reached = reader.read(from, to);
    Position end = reached == head.revision() ? head.position() : position(session, reached);
    return new HistoryPage(reader.commits, end, reached < head.revision());
  }

  private static void prove(Session session, Head head, Position after) throws SQLException {
    long revision = after.revision().number();
    if (revision > head.revision()) {
      throw new StoreException.Diverged(
          session.dialect().place() + ": " + after + " is above the head " + head.position());
    }
    if (revision < head.oldest()) {
      Revision oldest = new Revision(head.oldest());
      throw new StoreException.TooOld(
          session.dialect().place() + ": the history begins at " + oldest + ", behind " + after,
          oldest);
    }
    Position known = revision == head.revision() ? head.position() : position(session, revision);
    if (!known.equals(after)) {
      throw new StoreException.Diverged(
          session.dialect().place() + " is not the history in which " + after + " was seen");
    }
  }

  private static Position position(Session session, long revision) throws SQLException {
    PreparedStatement query = session.prepare(session.sql().token);
    query.setLong(1, revision);
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw session.damaged("commit " + revision + " is missing from the history");
      }
      return Position.of(revision, row.getLong(1));
    }
  }

  /** Puts rows together to commits. */
  private static final class Reader {
    private final Session session;
    private final List<KeyRange> ranges;
    private final List<Commit> commits = new ArrayList<>();
    private List<Event> events = new ArrayList<>();
    private long bytes;

    Reader(Session session, List<KeyRange> ranges) {
      this.session = session;
      this.ranges = ranges;
    }

    /** Reads from one revision (exclusive) to another, or to where the page is full. */
    long read(long from, long to) throws SQLException {
      PreparedStatement query = session.prepare(session.sql().changesBetween);
      query.setLong(1, from);
      query.setLong(2, to);
      long current = from;
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          long revision = row.getLong(1);
          if (revision != current) {
            end(current);
            if (bytes >= BYTES) {
              return current;
            }
            current = revision;
          }
          add(row, revision);
        }
      }
      end(current);
      return to;
    }

    private void add(ResultSet row, long revision) throws SQLException {
      Key key = Key.ofBytes(row.getBytes(2));
      if (ranges.stream().noneMatch(range -> range.contains(key))) {
        return;
      }
      long created = row.getLong(4);
      if (row.wasNull()) {
        events.add(Event.delete(key));
        bytes += key.length();
      } else {
        byte[] value = row.getBytes(3);
        events.add(Event.put(KeyValue.adopt(key, value, created, revision)));
        bytes += key.length() + value.length;
      }
    }

    private void end(long revision) throws SQLException {
      if (!events.isEmpty()) {
        commits.add(new Commit(position(session, revision), events));
        events = new ArrayList<>();
      }
    }
  }
}
