package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Store;
import io.holdfast.testbed.Mounts;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Data are flushed to the disk before a commit is acknowledged; a kill alone cannot show that. */
@Timeout(120)
final class FlushTest {
  private static final int COMMITS = 40;

  @TempDir Path folder;

  @Test
  void c3theLogIsFlushedBeforeEachAcknowledgement() throws Exception {
    Path trace = folder.resolve("trace");
    String url = Children.url(folder.resolve("a.db"));
    Store.open(url).close();
    assumeTrue(
        Mounts.run("strace", "-o", folder.resolve("try").toString(), "true"),
        "strace cannot be run here: install it, and allow this account to trace its processes");
    List<String> strace =
        List.of("strace", "-f", "-qq", "-o", "" + trace, "-e", "trace=fsync,fdatasync,msync,write");
    Process child = Children.start(strace, "put", url, "" + COMMITS);
    try (BufferedReader out = Children.outputOf(child)) {
      assertEquals(COMMITS, out.lines().filter(l -> l.startsWith("acknowledged")).count());
    }
    assertEquals(0, child.waitFor());
    int acknowledged = 0;
    int flushes = 0;
    boolean flushed = false;
    for (String line : Files.readAllLines(trace)) {
      if (line.matches(".*f(data)?sync\\b.* = 0$")) { // has ended, also one that was interrupted
        flushes++;
        flushed = true;
      } else if (line.contains("write(1, \"acknowledged " + acknowledged)) {
        assertTrue(flushed, "commit " + acknowledged + " was not flushed");
        flushed = false;
        acknowledged++;
      }
    }
    assertEquals(COMMITS, acknowledged);
    System.out.println("[c3] strace: " + COMMITS + " commits, " + flushes + " flushes, in order");
  }

  @Test
  void c3everyConnectionThatCommitsIsSetToFlush() throws Exception {
    Path file = folder.resolve("a.db");
    try (Opened opened = Opened.at(file)) {
      opened.store().put(Key.of("a"), new byte[1]);
      Database database = Database.of(opened.dialect(), "holdfast_");
      try (Session session = database.connect()) {
        assertEquals("2", pragma(session.connection(), "synchronous"), "FULL");
        assertEquals("wal", pragma(session.connection(), "journal_mode"));
      }
    }
  }

  private static String pragma(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA " + name)) {
      assertTrue(row.next());
      return row.getString(1);
    }
  }
}
