package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
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
