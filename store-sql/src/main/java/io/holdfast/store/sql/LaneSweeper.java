package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Removes the lanes that dead processes left behind: those that have carried no commit for a day.
 *
 * <p>Nothing depends on whether the writer is really dead, or on the clocks of different machines:
 * a missing lane fences its writer, which takes a new one for its next commit, and who has to find
 * out about a commit on it says <em>unknown</em>. So a day is only to be much longer than any
 * commit is waited for.
 */
final class LaneSweeper {
  private static final Duration IDLE_MAX = Duration.ofDays(1);
  private static final Duration BETWEEN = Duration.ofHours(1);

  /** So many are removed at a time. */
  private static final int LANES_MAX = 1000;

  private final Database database;
  private final StoreWriter writer;
  private final InstantSource clock;
  private Instant last = Instant.EPOCH;

  LaneSweeper(Database database, StoreWriter writer, InstantSource clock) {
    this.database = database;
    this.writer = writer;
    this.clock = clock;
  }

  /** Looks once an hour; when it returns nobody else is still about it. */
  synchronized void sweep(Deadline deadline) {
    Instant now = clock.instant();
    boolean isDue = Duration.between(last, now).abs().compareTo(BETWEEN) >= 0;
    if (isDue && database.dialect() instanceof ServerDialect) {
      last = now;
      writer.run("remove old lanes", deadline, session -> remove(session, now.minus(IDLE_MAX)));
    }
  }

  /** Found without locks, so that only rows that are old are touched, and no writer's. */
  private int remove(Session session, Instant before) throws SQLException {
    List<byte[]> old = new ArrayList<>();
    PreparedStatement query = session.prepare(database.sql().oldLanes);
    query.setLong(1, before.toEpochMilli());
    query.setInt(2, LANES_MAX);
    try (ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        old.add(rows.getBytes(1));
      }
    }
    PreparedStatement delete = session.prepare(database.sql().removeOldLane);
    for (byte[] id : old) {
      delete.setBytes(1, id);
      delete.setLong(2, before.toEpochMilli());
      delete.executeUpdate();
    }
    return old.size();
  }
}
