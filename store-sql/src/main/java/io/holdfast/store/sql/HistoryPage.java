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
  /** A page ends with the commit that brings its keys and values to this size. */
  static final long BYTES = 1 << 20;

  /** One read looks through at most so many commits, so that it ends soon. */
  static final long COMMITS_MAX = 1000;

  /**
   * PostgreSQL looks at so many changes for one read at most, so that it ends soon behind large
   * commits too. The first commit is whole among them: no commit has more than half as many.
   */
  static final int CHANGES_MAX = 2 * SqlBackend.LIMITS_MOST.operationsMax();

  /** A commit with its events in the watched ranges; at least one. */
  record Commit(Position position, List<Event> events) {}

  /**
   * Reads behind a position, after proving that it belongs to this history. One statement, so that
   * what is proven and what is read are of one moment.
   *
   * @param most how many commits are looked through
   */
  static HistoryPage read(Session session, List<KeyRange> ranges, Position after, long most)
      throws SQLException {
    long from = after.revision().number();
    PreparedStatement query = session.prepare(session.sql().history);
    long[] parameters = session.dialect().historyParameters(from, from + most);
    for (int i = 0; i < parameters.length; i++) {
      query.setLong(i + 1, parameters[i]);
    }
    try (ResultSet row = query.executeQuery()) {
      return new Reader(session, ranges, after).read(row);
    }
  }

  /** Puts rows together to commits. */
  private static final class Reader {
    private final Session session;
    private final List<KeyRange> ranges;
    private final List<Commit> commits = new ArrayList<>();
    private final Position after;
    private Position current;
    private List<Event> events = new ArrayList<>();
    private long bytes;

    Reader(Session session, List<KeyRange> ranges, Position after) {
      this.session = session;
      this.ranges = ranges;
      this.after = after;
    }

    HistoryPage read(ResultSet row) throws SQLException {
      if (!row.next()) {
        throw session.headless();
      }
      long head = row.getLong(2);
      prove(row, head, row.getLong(3));
      current = after;
      do {
        long revision = row.getLong(4);
        if (row.wasNull()) {
          continue;
        }
        if (revision != current.revision().number()) {
          end();
          if (bytes >= BYTES) {
            return new HistoryPage(commits, current, true);
          }
          begin(revision, row.getLong(5));
        }
        add(row, Key.ofBytes(row.getBytes(6)), revision);
      } while (row.next());
      end();
      boolean more = current.revision().number() < head;
      if (more && current.equals(after)) {
        throw missing(after.revision().number() + 1);
      }
      return new HistoryPage(commits, current, more);
    }

    /** Each row begins with the head, the first one also with the position's token. */
    private void prove(ResultSet row, long head, long oldest) throws SQLException {
      long revision = after.revision().number();
      String place = session.dialect().place();
      if (revision > head) {
        throw Checks.diverged(place, after, new Revision(head));
      }
      if (revision < oldest) {
        Revision first = new Revision(oldest);
        throw new StoreException.TooOld(
            place + ": the history begins at " + first + ", behind " + after, first);
      }
      long found = row.getLong(1);
      if (row.wasNull()) {
        throw missing(revision);
      }
      if (found != after.token()) {
        throw Checks.diverged(place, after, new Revision(head));
      }
    }

    private void begin(long revision, long token) {
      if (revision != current.revision().number() + 1) {
        throw missing(current.revision().number() + 1);
      }
      current = Position.of(revision, token);
    }

    private StoreException missing(long revision) {
      return session.damaged("commit " + revision + " is missing from the history");
    }

    private void add(ResultSet row, Key key, long revision) throws SQLException {
      if (ranges.stream().noneMatch(range -> range.contains(key))) {
        return;
      }
      long created = row.getLong(8);
      if (row.wasNull()) {
        events.add(Event.delete(key));
        bytes += key.length();
      } else {
        byte[] value = row.getBytes(7);
        events.add(Event.put(KeyValue.adopt(key, value, created, revision)));
        bytes += key.length() + value.length;
      }
    }

    private void end() {
      if (!events.isEmpty()) {
        commits.add(new Commit(current, events));
        events = new ArrayList<>();
      }
    }
  }
}
