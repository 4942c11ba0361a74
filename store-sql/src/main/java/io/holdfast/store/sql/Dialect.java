package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import io.holdfast.store.Limits;
import io.holdfast.store.StoreException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/** What differs between databases: connections, transactions, some SQL, and errors. */
interface Dialect {
  /** What a database error means for the call that met it. */
  enum Trouble {
    /** Somebody else is at work: try again at once. */
    BUSY,
    /** The call was given up on our own request. */
    CANCELLED,
    /** No room is left; the transaction is undone, for certain. */
    FULL,
    /** The rest; the connection is not to be used again. */
    BROKEN
  }

  /** A query that is run by {@link #cancellable}. */
  interface Query<T> {
    T run() throws SQLException;
  }

  /** Connections with everything set that makes them safe; never a pool. */
  DataSource connections();

  /** The folder of the migrations on the class path. */
  String migrations();

  /** Migrates while nobody else does, where Flyway does not see to that. */
  void migrateAlone(Deadline deadline, Runnable migration);

  /** Whether there is a table that statements find by this name, which is in lower case. */
  default boolean hasTable(Connection connection, String table) throws SQLException {
    String pattern = table.replace("_", "\\_");
    try (ResultSet rows =
        connection.getMetaData().getTables(connection.getCatalog(), null, pattern, null)) {
      while (rows.next()) {
        if (rows.getString("TABLE_NAME").toLowerCase(Locale.ROOT).equals(table)) {
          return true;
        }
      }
    }
    return false;
  }

  /** How many connections serve reads. */
  int readers();

  /** The limits of stores in this database, none above those given. */
  Limits limits(Limits most);

  /** Begins a transaction of several reads, all of one moment. */
  void beginRead(Session session) throws SQLException;

  /** Ends what {@link #beginRead} began. */
  void endRead(Session session) throws SQLException;

  /** Begins a transaction that holds the counter row; does not wait for others long. */
  void beginWrite(Session session) throws SQLException;

  /** Makes the transaction durable. */
  void commit(Session session) throws SQLException;

  /** Undoes the transaction; harmless if there is none. */
  void rollback(Session session) throws SQLException;

  /** Runs a query that may take long and ends soon after {@code giveUp} becomes true. */
  <T> T cancellable(Connection connection, BooleanSupplier giveUp, Query<T> query)
      throws SQLException;

  /**
   * What the commits behind a position did, up to a revision, in order; at least one row. Columns:
   * the token that the history has at the position, the head's revision, and the oldest revision
   * that is kept, in the first row at least; the revision and the token of a change's commit, and
   * the change's key, value and creation, all null where there is none. Where the driver loads all
   * rows at once, whole commits behind enough bytes may be left out.
   */
  String history();

  /** What is bound to {@link #history}. */
  default long[] historyParameters(long from, long to) {
    return new long[] {from, from, to};
  }

  /**
   * What else must hold, as a condition, so that a statement finds a head: that it is the primary
   * which answers, where one can lose that role and keep its connections.
   */
  default String ofPrimary() {
    return "";
  }

  /** An entry's value, whichever column has it. */
  String value();

  /** Where a page's statement has the head. */
  RangeSql.HeadAt pageHead();

  /** The column as the database does not use an index for it. */
  String unindexed(String column);

  /**
   * A number that changes when somebody else commits, cheap to ask for; empty if there is none. A
   * hint, comparable only on one connection.
   */
  OptionalLong changeHint(Connection connection) throws SQLException;

  /** What the error means for the call. */
  Trouble classify(SQLException e);

  /** The exception for the caller. */
  StoreException translate(String what, SQLException e);

  /** Remembers which database is at this place. */
  void rememberPlace();

  /** Throws if the database at this place is no longer the one that was opened. */
  void checkPlace();

  /** Housekeeping between commits, on the writer's connection and outside a transaction. */
  void tidy(Connection writer) throws SQLException;

  /** The store's place, for messages; holds no password. */
  String place();
}
