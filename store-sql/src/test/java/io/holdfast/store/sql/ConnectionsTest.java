package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of connections that are lost, or that cannot be used after all. */
@Timeout(120)
final class ConnectionsTest {
  @TempDir Path folder;

  /** What it throws at its return, the pool would log as a warning with its stack. */
  @ParameterizedTest
  @EnumSource
  void aConnectionThatIsLostGoesBackToThePoolWithoutNoise(ServerKind server) throws Exception {
    PooledSessions sessions = new PooledSessions(server.database(server.fresh()), () -> false);
    try (Connection pooled = sessions.getConnection()) {
      assertTrue(pooled.isValid(1));
      pooled.clearWarnings();
      pooled.unwrap(Session.class).abandon();
      assertDoesNotThrow(pooled::clearWarnings);
      assertFalse(pooled.isValid(1));
    }
  }

  /** A promotion that another thread learns of just before the connection is handed out. */
  @Test
  void c9aConnectionToAFormerPrimaryIsNotTakenForOneToItsSuccessor() throws Exception {
    Database database = Postgres.shared().freshDatabase();
    PostgresTarget target = PostgresTarget.of(PostgresHarness.url(database));
    PostgresDialect real = new PostgresDialect(new PostgresSource(target));
    real.connections().getConnection().close();
    String system = OpenedServer.ask(database, "SELECT system_identifier FROM pg_control_system()");
    long later = real.timeline() + 1;
    Connections racing =
        new Connections() {
          @Override
          public Connection getConnection() throws SQLException {
            Connection connection = real.connections().getConnection();
            assertTrue(Timelines.admits(system + "/" + database.name(), later));
            return connection;
          }
        };
    ServerDialect dialect =
        (ServerDialect)
            Proxy.newProxyInstance(
                ConnectionsTest.class.getClassLoader(),
                new Class<?>[] {ServerDialect.class},
                (self, method, arguments) ->
                    method.getName().equals("connections")
                        ? racing
                        : method.invoke(real, arguments));
    io.holdfast.store.sql.Database store = io.holdfast.store.sql.Database.of(dialect, "holdfast_");
    SQLException e = assertThrows(SQLException.class, () -> store.connect().close());
    assertTrue(e.getMessage().contains("former primary"), e.getMessage());
  }

  @Test
  void aKeyThatCannotBeDeletedLeavesNoConnectionBehind() throws Exception {
    Database database = MariaDb.shared().freshDatabase();
    Files.createFile(folder.resolve("keeps-the-folder"));
    ClientKey key = new ClientKey(folder, "none");
    Properties account = new Properties();
    account.setProperty("user", database.user());
    account.setProperty("password", database.password());
    assertThrows(
        IOException.class, () -> MySqlSource.connect(database.jdbcUrl(), account, key).close());
    String others =
        "SELECT COUNT(*) FROM information_schema.processlist"
            + " WHERE id <> CONNECTION_ID() AND db = '";
    Opened.await(
        "the server to notice",
        () -> OpenedMySql.ask(database, others + database.name() + "'").equals("0"));
  }
}
