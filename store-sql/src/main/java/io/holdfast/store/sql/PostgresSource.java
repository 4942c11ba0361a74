package io.holdfast.store.sql;

import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.ds.PGSimpleDataSource;

/** Opens connections to the primary of a store, with everything set that makes them safe. */
final class PostgresSource extends PGSimpleDataSource {
  private static final long serialVersionUID = 1;

  private static final Pattern TARGET =
      Pattern.compile("//([^/:,]+(?::\\d{1,5})?(?:,[^/:,]+(?::\\d{1,5})?)*)/([^/]+)");

  private static final String SETTINGS =
      "SELECT set_config('idle_in_transaction_session_timeout', '10000', false),"
          + " set_config('lock_timeout', '5000', false),"
          + " set_config('statement_timeout', '0', false),"
          + " set_config('client_connection_check_interval', '0', false),"
          + " set_config('synchronous_commit', 'on', false)"
          + " FROM (VALUES (1)) one(row)";

  private final String place;

  private PostgresSource(String place) {
    this.place = place;
  }

  static PostgresSource of(StoreConfig config) {
    Matcher target = TARGET.matcher(config.target());
    if (!target.matches()) {
      throw new StoreException.Unusable(
          Reason.URL,
          config + ": must look like postgresql://user@host:5432,host2:5432/database",
          null);
    }
    PostgresSource source = new PostgresSource(config.toString());
    source.setURL("jdbc:postgresql:" + config.target());
    config.user().ifPresent(source::setUser);
    config.password().ifPresent(source::setPassword);
    source.setApplicationName("holdfast");
    source.setTcpKeepAlive(true);
    source.setLogServerErrorDetail(false);
    source.setConnectTimeout(5);
    source.setSocketTimeout(30);
    source.setTargetServerType("primary");
    return source;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Connection connection = super.getConnection();
    try (PreparedStatement settings = connection.prepareStatement(SETTINGS);
        ResultSet row = settings.executeQuery()) {
      row.next();
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  String place() {
    return place;
  }
}
