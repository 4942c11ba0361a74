package io.holdfast.store.sql;

import io.holdfast.store.StoreException;
import java.sql.SQLException;

/** The database and the store's tables in it. */
record Database(Dialect dialect, String prefix, Sql sql) {
  static Database of(Dialect dialect, String prefix) {
    return new Database(dialect, prefix, new Sql(dialect, prefix));
  }

  /** A new connection of our own, outside every pool. */
  Session connect() throws SQLException {
    dialect.checkPlace();
    while (true) {
      long known = Session.timeline(dialect);
      Session session = new Session(dialect.connections().getConnection(), dialect, sql);
      if (known == 0 || !session.isOfLater(known)) {
        return session;
      }
      // Somebody has met another server meanwhile: perhaps not the one of this connection.
      session.close();
    }
  }

  boolean isBusy(SQLException e) {
    return dialect.classify(e) == Dialect.Trouble.BUSY;
  }

  StoreException.Timeout timeout(String what, SQLException e) {
    return new StoreException.Timeout(
        dialect.place() + ": " + what + " did not finish before its deadline: others hold the lock",
        e);
  }
}
