package io.holdfast.store.sql;

import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.sql.Dialect.Trouble;
import java.sql.SQLException;
import javax.net.ssl.SSLException;

/** What PostgreSQL's errors mean, by their SQLSTATE. */
final class PostgresErrors {
  private final String place;

  PostgresErrors(String place) {
    this.place = place;
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }

  /**
   * Whether the connection is lost, by a network or a server that ends. An error that the server
   * tells on a connection that stays undoes the transaction for certain. A server that panics, such
   * as one that cannot write its log, tells that as well before it ends: then the loss is what the
   * driver appends.
   */
  boolean isConnectionLost(SQLException e) {
    for (SQLException one = e; one != null; one = one.getNextException()) {
      if (isLoss(state(one))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLoss(String state) {
    return state.startsWith("08")
        || state.startsWith("57P")
        || state.startsWith("58")
        || state.startsWith("XX")
        || state.isEmpty();
  }

  Trouble classify(SQLException e) {
    return switch (state(e)) {
      case "55P03", "40001", "40P01" -> Trouble.BUSY;
      case "57014" -> Trouble.CANCELLED;
      case "53100" -> Trouble.FULL;
      default -> Trouble.BROKEN;
    };
  }

  StoreException translate(String what, SQLException e) {
    String state = state(e);
    String message = place + ": " + what + ": ";
    return switch (state) {
      case "28P01", "28000" ->
          unusable(
              Reason.ACCESS_DENIED,
              message + "the server refuses this user or password: " + e.getMessage(),
              e);
      case PostgresSource.TOO_OLD -> unusable(Reason.NOT_A_STORE, message + e.getMessage(), e);
      case "42501" ->
          unusable(Reason.ACCESS_DENIED, message + "a right is missing: " + e.getMessage(), e);
      case "3D000" ->
          unusable(Reason.NOT_FOUND, message + "there is no such database: create it", e);
      case "53100" -> unusable(Reason.FULL, message + "no room is left on the server's disk", e);
      case "42P01", "42703", "42883", "23505", "23502", "P0002", "22P02" ->
          unusable(
              Reason.DAMAGED, message + e.getMessage() + "; restore the tables from a backup", e);
      default -> unavailable(message, e);
    };
  }

  private static StoreException unavailable(String message, SQLException e) {
    Throwable tls = tlsFailure(e);
    if (tls != null) {
      return unusable(
          Reason.ACCESS_DENIED, message + "no trusted TLS connection: " + tls.getMessage(), e);
    }
    return new StoreException.Unavailable(message + e.getMessage() + "; try again", e);
  }

  private static Throwable tlsFailure(SQLException e) {
    // The driver's own words for a server without TLS, and for one with another's certificate.
    if (state(e).equals("08004") || e.getMessage().contains("HostnameVerifier")) {
      return e;
    }
    Throwable cause = e;
    while (cause != null && !(cause instanceof SSLException)) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static StoreException unusable(Reason reason, String message, SQLException e) {
    return new StoreException.Unusable(reason, message, e);
  }
}
