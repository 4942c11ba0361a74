package io.holdfast.migrate;

import java.sql.SQLException;
import java.util.Set;

/** Tells refusals of a row, for what is in it, from errors that would hit any row. */
final class RowRefusal {
  /** Letters that a column's character set has not: their state says nothing. */
  private static final Set<Integer> MYSQL = Set.of(1300, 1366, 3854, 3988);

  /** MariaDB's driver calls it so when a row is larger than the server's max_allowed_packet. */
  private static final String LARGER_THAN_A_PACKET = "HZ000";

  /** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH. */
  private static final Set<Integer> SQLITE = Set.of(18, 19, 20);

  private RowRefusal() {}

  static boolean is(SQLException e, LegacyDialect dialect) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException error && isOne(error, dialect)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOne(SQLException e, LegacyDialect dialect) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    // A value of no use, a constraint, a limit of the server such as the length of index rows.
    boolean isByState = state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
    return switch (dialect) {
      case POSTGRESQL -> isByState;
      case MYSQL ->
          isByState || state.equals(LARGER_THAN_A_PACKET) || MYSQL.contains(e.getErrorCode());
      case SQLITE -> SQLITE.contains(e.getErrorCode());
    };
  }
}
