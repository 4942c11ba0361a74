package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import io.holdfast.store.Limits;
import io.holdfast.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.sqlite.SQLiteErrorCode;

/** SQLite, with errors at places where they are hard to come by. */
final class FaultyDialect implements Dialect {
  private final Dialect sqlite;

  /** So many commits end with the error. */
  final AtomicInteger commitsToFail = new AtomicInteger();

  /** Whether those happen all the same. */
  volatile boolean commitsHappen;

  volatile SQLiteErrorCode commitError = SQLiteErrorCode.SQLITE_IOERR;

  /** What others do right after a commit that is to fail. */
  volatile Runnable afterFailedCommit = () -> {};

  /** So many attempts to begin a write transaction fail after a failed commit. */
  volatile boolean writesFail;

  /** Is done whenever somebody looks for a hint that there are changes. */
  volatile Runnable onHint = () -> {};

  /** Is done before the tables are created. */
  volatile Runnable onMigration = () -> {};

  /** Is done before a row is added to a batch, on connections that are opened from then on. */
  volatile Runnable onBatch;

  /** The most pages that the database may have; 0 is no bound. */
  volatile int pagesMax;

  FaultyDialect(Dialect sqlite) {
    this.sqlite = sqlite;
  }

  private static SQLException error(SQLiteErrorCode code) {
    return new SQLException("injected: " + code, null, code.code);
  }

  @Override
  public DataSource connections() {
    Runnable told = onBatch;
    DataSource real = sqlite.connections();
    if (told == null) {
      return real;
    }
    return new Connections() {
      @Override
      public Connection getConnection() throws SQLException {
        return telling(Connection.class, real.getConnection(), told);
      }
    };
  }

  private static <T> T telling(Class<T> type, Object real, Runnable onBatch) {
    return type.cast(
        Proxy.newProxyInstance(
            FaultyDialect.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getName().equals("addBatch")) {
                onBatch.run();
              }
              try {
                Object answer = method.invoke(real, arguments);
                return answer instanceof PreparedStatement statement
                    ? telling(PreparedStatement.class, statement, onBatch)
                    : answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Override
  public String migrations() {
    return sqlite.migrations();
  }

  @Override
  public void migrateAlone(Deadline deadline, Runnable migration) {
    onMigration.run();
    sqlite.migrateAlone(deadline, migration);
  }

  @Override
  public int readers() {
    return sqlite.readers();
  }

  @Override
  public Limits limits(Limits most) {
    return sqlite.limits(most);
  }

  @Override
  public void beginRead(Session session) throws SQLException {
    sqlite.beginRead(session);
  }

  @Override
  public void endRead(Session session) throws SQLException {
    sqlite.endRead(session);
  }

  @Override
  public void beginWrite(Session session) throws SQLException {
    if (writesFail) {
      throw error(SQLiteErrorCode.SQLITE_IOERR);
    }
    if (pagesMax > 0) {
      session.prepare("PRAGMA max_page_count = " + pagesMax).execute();
    }
    sqlite.beginWrite(session);
  }

  @Override
  public void commit(Session session) throws SQLException {
    if (commitsToFail.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      if (commitsHappen) {
        sqlite.commit(session);
      } else {
        sqlite.rollback(session);
      }
      afterFailedCommit.run();
      throw error(commitError);
    }
    sqlite.commit(session);
  }

  @Override
  public void rollback(Session session) throws SQLException {
    sqlite.rollback(session);
  }

  @Override
  public <T> T cancellable(Connection connection, BooleanSupplier giveUp, Query<T> query)
      throws SQLException {
    return sqlite.cancellable(connection, giveUp, query);
  }

  @Override
  public String history() {
    return sqlite.history();
  }

  @Override
  public String value() {
    return sqlite.value();
  }

  @Override
  public RangeSql.HeadAt pageHead() {
    return sqlite.pageHead();
  }

  @Override
  public String unindexed(String column) {
    return sqlite.unindexed(column);
  }

  @Override
  public OptionalLong changeHint(Connection connection) throws SQLException {
    onHint.run();
    return sqlite.changeHint(connection);
  }

  @Override
  public Trouble classify(SQLException e) {
    return sqlite.classify(e);
  }

  @Override
  public StoreException translate(String what, SQLException e) {
    return sqlite.translate(what, e);
  }

  @Override
  public void rememberPlace() {
    sqlite.rememberPlace();
  }

  @Override
  public void checkPlace() {
    sqlite.checkPlace();
  }

  @Override
  public void tidy(Connection writer) throws SQLException {
    sqlite.tidy(writer);
  }

  @Override
  public String place() {
    return sqlite.place();
  }
}
