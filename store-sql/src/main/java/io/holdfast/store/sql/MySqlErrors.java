package io.holdfast.store.sql;

import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.sql.Dialect.Trouble;
import java.sql.SQLException;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** What the errors of MySQL and MariaDB mean: by their numbers, and by our procedures' states. */
final class MySqlErrors {
  /** The lane of a commit is busy, elsewhere or gone. */
  static final String LANE_LOST = "HF001";

  /** The commit itself failed. */
  static final String COMMIT_FAILED = "HF002";

  /** The server takes no writes. */
  static final String READ_ONLY = "HF003";

  /** A server that another one has succeeded. */
  static final String SUCCEEDED = "HF004";

  /** More than the server takes in one packet. */
  static final String PACKET = "HF005";

  /** A setting of the server breaks what a store promises. */
  static final String SETTING = "HF006";

  /** The server ends, a connection or a query was killed from outside, or ran out of its time. */
  private static final Set<Integer> KILLED = Set.of(1053, 1152, 1184, 1317, 1927, 1969, 3024, 4031);

  private static final Pattern TLS =
      Pattern.compile(
          "ssl not enabled in the server|[Ss]elf signed cert|SSL hostname verification");

  private final String place;

  MySqlErrors(String place) {
    this.place = place;
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }

  /** Whether it is not certain that the transaction is undone. */
  boolean isUndecided(SQLException e) {
    String state = state(e);
    return state.startsWith("08")
        || state.startsWith("70")
        || state.equals(COMMIT_FAILED)
        || KILLED.contains(e.getErrorCode())
        || (e.getErrorCode() == 0 && !state.startsWith("HF0"))
        || e.getErrorCode() < 0;
  }

  Trouble classify(SQLException e) {
    return switch (e.getErrorCode()) {
      case 1020, 1205, 1213, 3572 -> Trouble.BUSY;
      case 1317, 1969, 3024 -> Trouble.CANCELLED;
      case 1021, 1114 -> Trouble.FULL;
      default -> Trouble.BROKEN;
    };
  }

  StoreException translate(String what, SQLException e) {
    String message = place + ": " + what + ": ";
    return switch (e.getErrorCode()) {
      case 1045, 1698 ->
          unusable(Reason.ACCESS_DENIED, message + "the server refuses this user or password", e);
      case 1044, 1142, 1143, 1227, 1370 ->
          unusable(Reason.ACCESS_DENIED, message + "a right is missing: " + text(e), e);
      case 3159 -> unusable(Reason.ACCESS_DENIED, message + "the server wants TLS: add tls=on", e);
      case 1049 -> unusable(Reason.NOT_FOUND, message + "there is no such database: create it", e);
      case 1021, 1114 ->
          unusable(Reason.FULL, message + "no room is left on the server: " + text(e), e);
      case 1153, 1301 -> tooLarge(message + text(e));
      case 1048, 1054, 1062, 1146, 1172, 1305, 1318, 1406 ->
          unusable(Reason.DAMAGED, message + text(e) + "; restore the tables from a backup", e);
      default -> byState(message, e);
    };
  }

  private static StoreException byState(String message, SQLException e) {
    return switch (state(e)) {
      case PACKET -> tooLarge(message + text(e));
      case SETTING -> unusable(Reason.NOT_A_STORE, message + text(e), e);
      default -> unavailable(message, e);
    };
  }

  private static StoreException tooLarge(String message) {
    return new StoreException.LimitExceeded(message);
  }

  private static StoreException unavailable(String message, SQLException e) {
    String why = tlsFailure(e);
    return why == null
        ? new StoreException.Unavailable(message + text(e) + "; try again", e)
        : unusable(Reason.ACCESS_DENIED, message + "no trusted TLS connection: " + why, e);
  }

  /** The driver has exceptions of no special kind and number for some of these. */
  private static String tlsFailure(SQLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof SSLException || TLS.matcher(text).find()) {
        return text.lines().findFirst().orElse(text);
      }
    }
    return null;
  }

  /** The driver puts its own number of the connection in front. */
  private static String text(SQLException e) {
    return String.valueOf(e.getMessage()).replaceFirst("^\\(conn[^)]*\\) ", "");
  }

  private static StoreException unusable(Reason reason, String message, SQLException e) {
    return new StoreException.Unusable(reason, message, e);
  }
}
