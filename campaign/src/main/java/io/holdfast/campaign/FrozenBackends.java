package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What can be done to single server processes of PostgreSQL: each serves one connection. One that
 * is frozen inside a commit and thawed later commits later, whatever was answered meanwhile.
 */
final class FrozenBackends {
  private static final Duration FROZEN = Duration.ofSeconds(9);
  private static final int LOOKS = 200;

  private final Database admin;
  private final String database;
  private final SplittableRandom random;
  private Freeze frozen;

  /** Harms the processes that serve a database; {@code admin} tells which they are. */
  FrozenBackends(Database admin, String database, SplittableRandom random) {
    this.admin = admin;
    this.database = database;
    this.random = random;
  }

  List<Fault> faults() {
    return List.of(
        new Fault("freeze of a server process in a commit", FROZEN, this::freeze, this::thaw),
        new Fault("end of server processes", Duration.ofMillis(500), this::terminate, () -> {}));
  }

  /** Looks until it meets one that is writing, and freezes that. */
  private String freeze() throws SQLException {
    try (Connection connection = admin.connect()) {
      List<Long> busy = List.of();
      for (int i = 0; i < LOOKS && busy.isEmpty(); i++) {
        busy = pids(connection, "state <> 'idle' AND backend_xid IS NOT NULL");
      }
      if (busy.isEmpty()) {
        busy = pids(connection, "true");
      }
      if (busy.isEmpty()) {
        return "none was there";
      }
      long pid = busy.get(random.nextInt(busy.size()));
      frozen = Freeze.of(pid);
      return "process " + pid;
    }
  }

  private void thaw() {
    if (frozen != null) {
      frozen.close();
      frozen = null;
    }
  }

  private String terminate() throws SQLException {
    try (Connection connection = admin.connect()) {
      List<Long> all = pids(connection, "state <> 'idle'");
      try (Statement statement = connection.createStatement()) {
        for (long pid : all) {
          statement.execute("SELECT pg_terminate_backend(" + pid + ")");
        }
      }
      return "processes " + all;
    }
  }

  private List<Long> pids(Connection connection, String condition) throws SQLException {
    String sql =
        "SELECT pid FROM pg_stat_activity WHERE datname = '%s' AND pid <> pg_backend_pid() AND "
            + condition;
    List<Long> pids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.formatted(database))) {
      while (rows.next()) {
        pids.add(rows.getLong(1));
      }
    }
    return pids;
  }
}
