package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import io.holdfast.store.Limits;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.sqlite.ProgressHandler;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * SQLite: a file, one writer at a time, readers beside it (write-ahead log).
 *
 * <p>Every connection commits with {@code synchronous = FULL}: the log is flushed before a commit
 * is acknowledged. Transactions are begun and ended by statements, since the driver's own {@code
 * commit} begins the next transaction at once.
 */
final class SqliteDialect implements Dialect {
  /** How long SQLite itself waits for a lock, in milliseconds; what waits longer is our loop. */
  private static final int BUSY_SLICE = 5;

  /** Virtual machine steps between two looks at whether a query is to be given up: about 1 ms. */
  private static final int STEPS_BETWEEN_LOOKS = 50_000;

  /** A log longer than this, in bytes, is worth a pause of the writers to begin it anew. */
  private static final long LOG_BYTES_MAX = 64L << 20;

  /**
   * The log is folded into the file after so many pages, 48 MB: rarer than by default, since a page
   * that was written often is folded in once.
   */
  private static final int LOG_PAGES = 12_000;

  /** What a connection keeps of the file, in KiB, and negative for that. */
  private static final int CACHE = -8_000;

  private final SqliteFile file;
  private final SQLiteDataSource source;

  SqliteDialect(SqliteFile file) {
    this.file = file;
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_SLICE);
    config.setPragma(SQLiteConfig.Pragma.WAL_AUTOCHECKPOINT, Integer.toString(LOG_PAGES));
    config.setPragma(SQLiteConfig.Pragma.CACHE_SIZE, Integer.toString(CACHE));
    source = new SQLiteDataSource(config);
    source.setUrl(file.jdbcUrl());
  }

  @Override
  public DataSource connections() {
    return source;
  }

  @Override
  public String migrations() {
    return "io/holdfast/store/sql/sqlite";
  }

  @Override
  public void migrateAlone(Deadline deadline, Runnable migration) {
    file.alone(deadline, migration);
  }

  @Override
  public int readers() {
    return 4;
  }

  @Override
  public Limits limits(Limits most) {
    return most;
  }

  @Override
  public void beginRead(Session session) throws SQLException {
    session.prepare("BEGIN").execute();
  }

  @Override
  public void endRead(Session session) throws SQLException {
    rollback(session);
  }

  @Override
  public void beginWrite(Session session) throws SQLException {
    session.prepare("BEGIN IMMEDIATE").execute();
  }

  @Override
  public void commit(Session session) throws SQLException {
    session.prepare("COMMIT").execute();
  }

  @Override
  public void rollback(Session session) throws SQLException {
    try {
      session.prepare("ROLLBACK").execute();
    } catch (SQLException e) {
      // SQLite undoes a transaction by itself on some errors, and then there is none.
      if (code(e) != SQLiteErrorCode.SQLITE_ERROR) {
        throw e;
      }
    }
  }

  private static void execute(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  @Override
  public <T> T cancellable(Connection connection, BooleanSupplier giveUp, Query<T> query)
      throws SQLException {
    Connection driver = connection.unwrap(SQLiteConnection.class);
    ProgressHandler.setHandler(driver, STEPS_BETWEEN_LOOKS, new GiveUp(giveUp));
    try {
      return query.run();
    } finally {
      ProgressHandler.clearHandler(driver);
    }
  }

  /** Ends the running statement when asked to; called by SQLite on the thread that runs it. */
  private static final class GiveUp extends ProgressHandler {
    private final BooleanSupplier asked;

    GiveUp(BooleanSupplier asked) {
      this.asked = asked;
    }

    @Override
    protected int progress() {
      return asked.getAsBoolean() ? 1 : 0;
    }
  }

  @Override
  public String history() {
    return "SELECT (SELECT f.token FROM {changes} f WHERE f.revision = ? LIMIT 1),"
        + " m.revision, m.oldest, h.revision, h.token, h.entry_key, h.entry_value, h.created"
        + " FROM {meta} m LEFT JOIN {changes} h ON h.revision > ? AND h.revision <= ?"
        + " WHERE m.id = 1 ORDER BY h.revision, h.seq";
  }

  @Override
  public String value() {
    return "e.entry_value";
  }

  @Override
  public RangeSql.HeadAt pageHead() {
    // A union with the head takes half as long again, one more column a twentieth.
    return RangeSql.HeadAt.BEFORE;
  }

  @Override
  public String unindexed(String column) {
    return "+" + column;
  }

  @Override
  public OptionalLong changeHint(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA data_version")) {
      return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
    }
  }

  @Override
  public void tidy(Connection writer) throws SQLException {
    // A log that readers always have open never begins anew by itself.
    if (file.logBytes() > LOG_BYTES_MAX) {
      execute(writer, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  @Override
  public Trouble classify(SQLException e) {
    return switch (primary(e)) {
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL -> Trouble.BUSY;
      case SQLITE_INTERRUPT -> Trouble.CANCELLED;
      case SQLITE_FULL -> Trouble.FULL;
      default -> Trouble.BROKEN;
    };
  }

  @Override
  public StoreException translate(String what, SQLException e) {
    String message = file + ": " + what + ": " + e.getMessage();
    return switch (primary(e)) {
      case SQLITE_FULL ->
          unusable(Reason.FULL, file + ": " + what + ": no room is left on the disk: free some", e);
      case SQLITE_READONLY ->
          unusable(Reason.READ_ONLY, file + ": " + what + ": the file cannot be written", e);
      case SQLITE_NOTADB -> unusable(Reason.NOT_A_STORE, file + " is not an SQLite database", e);
      case SQLITE_CORRUPT, SQLITE_ERROR, SQLITE_SCHEMA, SQLITE_CONSTRAINT, SQLITE_MISMATCH ->
          unusable(Reason.DAMAGED, message + "; restore it from a backup", e);
      case SQLITE_PERM, SQLITE_AUTH -> unusable(Reason.ACCESS_DENIED, message, e);
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL ->
          new StoreException.Unavailable(
              file + ": " + what + ": another process holds the lock; end it or try again", e);
      default -> new StoreException.Unavailable(message + "; try again", e);
    };
  }

  private static StoreException unusable(Reason reason, String message, SQLException e) {
    return new StoreException.Unusable(reason, message, e);
  }

  /** The error's primary code, which extended codes hold in their lowest byte. */
  private static SQLiteErrorCode primary(SQLException e) {
    if (e instanceof SQLiteException known
        && known.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
      return SQLiteErrorCode.SQLITE_FULL; // Shared memory is a file here, which could not grow.
    }
    int code = e.getErrorCode();
    return code < 0 ? SQLiteErrorCode.UNKNOWN_ERROR : SQLiteErrorCode.getErrorCode(code & 0xFF);
  }

  private static SQLiteErrorCode code(SQLException e) {
    return SQLiteErrorCode.getErrorCode(e.getErrorCode());
  }

  @Override
  public void rememberPlace() {
    file.rememberIdentity();
  }

  @Override
  public void checkPlace() {
    file.checkUnmoved();
  }

  @Override
  public String place() {
    return file.toString();
  }
}
