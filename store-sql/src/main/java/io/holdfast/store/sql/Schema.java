package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.security.SecureRandom;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * Brings the tables into the form of this version. A number in the meta row says which form they
 * have; each migration sets it in its own transaction. Flyway runs only when the number is too low:
 * looking at it costs a hundredth of that.
 */
final class Schema {
  /** The form of the tables that this version knows: the number of the last migration. */
  static final int FORMAT = 1;

  /** Within a process one at a time; a lock of the dialect keeps processes apart. */
  private static final ReentrantLock MIGRATING = new ReentrantLock();

  private final Database database;
  private final InstantSource clock;

  Schema(Database database, InstantSource clock) {
    this.database = database;
    this.clock = clock;
  }

  /** Whether there are no tables yet. */
  boolean isMissing(Deadline deadline) {
    return format(deadline) == 0;
  }

  /** Creates or upgrades the tables; refuses those of a newer version without touching them. */
  void prepare(Deadline deadline) {
    if (format(deadline) == FORMAT) {
      return;
    }
    try {
      if (!MIGRATING.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Timeout(place() + ": others create their tables all the time");
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted during open");
    }
    try {
      database.dialect().migrateAlone(deadline, () -> migrateIfNeeded(deadline));
    } finally {
      MIGRATING.unlock();
    }
  }

  private void migrateIfNeeded(Deadline deadline) {
    Backoff backoff = Pauses.forTrouble();
    int format = format(deadline);
    while (format != FORMAT) {
      try {
        migrate(format);
        if (format(deadline) == format) {
          throw withoutRow(); // there was nothing left to do
        }
      } catch (FlywayException e) {
        // Perhaps somebody was quicker all the same.
        if (format(deadline) == format) {
          giveUpUnlessBusy(e, deadline);
          backoff.pause("create", deadline);
        }
      }
      format = format(deadline);
    }
  }

  private void giveUpUnlessBusy(FlywayException e, Deadline deadline) {
    SQLException cause = sqlCause(e);
    if (cause == null || !database.isBusy(cause) || deadline.hasPassed()) {
      throw cause == null
          ? new StoreException.Unusable(
              Reason.DAMAGED, place() + ": the tables cannot be created: " + e.getMessage(), e)
          : database.dialect().translate("create the tables", cause);
    }
  }

  private static SQLException sqlCause(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    return null;
  }

  /** The number of the form; 0 when there are no tables of ours. */
  private int format(Deadline deadline) {
    Backoff backoff = Pauses.forTrouble();
    while (true) {
      try (Session session = database.connect()) {
        return format(session);
      } catch (SQLException e) {
        if (!database.isBusy(e) || deadline.hasPassed()) {
          throw database.dialect().translate("open", e);
        }
      }
      backoff.pause("open", deadline);
    }
  }

  private int format(Session session) throws SQLException {
    String meta = database.prefix() + "meta";
    if (!database.dialect().hasTable(session.connection(), meta)) {
      return 0;
    }
    try {
      return formatIn(session, meta);
    } catch (SQLException e) {
      if (!database.isBusy(e) && !columns(session, meta).contains("format")) {
        throw unusable(
            Reason.NOT_A_STORE,
            ": table " + meta + " is of something else: choose another table-prefix");
      }
      throw e;
    }
  }

  private int formatIn(Session session, String meta) throws SQLException {
    PreparedStatement query = session.prepare("SELECT format FROM " + meta);
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        return formatWithoutRow(session);
      }
      int format = row.getInt(1);
      if (format > FORMAT) {
        throw unusable(
            Reason.NEWER_FORMAT,
            " has form " + format + " and this version knows " + FORMAT + ": upgrade it");
      }
      return format;
    }
  }

  /** The names of a table's columns. */
  private static Set<String> columns(Session session, String table) throws SQLException {
    Set<String> names = new HashSet<>();
    PreparedStatement query = session.prepare("SELECT * FROM " + table + " WHERE 1 = 0");
    try (ResultSet none = query.executeQuery()) {
      ResultSetMetaData columns = none.getMetaData();
      for (int i = 1; i <= columns.getColumnCount(); i++) {
        names.add(columns.getColumnName(i));
      }
    }
    return names;
  }

  /** Where tables are made one by one, they stand there for a moment before they have rows. */
  private int formatWithoutRow(Session session) throws SQLException {
    String changes = database.prefix() + "changes";
    PreparedStatement query =
        session.prepare("SELECT 1 FROM " + changes + " WHERE revision > 0 LIMIT 1");
    try (ResultSet row = query.executeQuery()) {
      if (row.next()) {
        throw withoutRow();
      }
      return 0;
    }
  }

  private StoreException withoutRow() {
    return unusable(
        Reason.DAMAGED, ": table " + database.prefix() + "meta is empty: restore a backup");
  }

  private StoreException unusable(Reason reason, String what) {
    return new StoreException.Unusable(reason, place() + what, null);
  }

  private void migrate(int from) {
    ClassLoader loader = Schema.class.getClassLoader();
    Flyway.configure(loader)
        .dataSource(database.dialect().connections())
        .locations("classpath:" + database.dialect().migrations())
        .table(database.prefix() + "schema_history")
        .loggers("slf4j")
        .baselineOnMigrate(true)
        .baselineVersion(Integer.toString(from))
        .placeholders(
            Map.of(
                "prefix", database.prefix(),
                "incarnation", UUID.randomUUID().toString(),
                "token", Long.toString(new SecureRandom().nextLong()),
                "now", Long.toString(clock.millis())))
        .load()
        .migrate();
  }

  private String place() {
    return database.dialect().place();
  }
}
