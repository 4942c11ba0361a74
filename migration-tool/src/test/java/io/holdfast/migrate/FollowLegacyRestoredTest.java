package io.holdfast.migrate;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Followers whose source goes back to an earlier state: a restored file, a standby in its place.
 */
final class FollowLegacyRestoredTest {
  private static final Duration SELDOM = Duration.ofHours(1);

  @TempDir Path folder;

  @Test
  void fileInThePlaceOfTheSourceIsFollowed() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    Path file = LegacyDatabase.path(source.url());
    source.server("first", 6).close(); // leaves the file as servers have it
    Path backup = Files.copy(file, folder.resolve("backup.db"));
    String target = "sqlite:" + folder.resolve("target.db");
    try (RunningFollower follower = RunningFollower.start(source, target, SELDOM)) {
      try (LiveSpire before = source.server("before", 7)) {
        follower.awaitComparisons(1);
        before.createEntry();
        before.commit();
        follower.awaitRounds(2);
      }
      restore(backup, file);
      try (LiveSpire after = source.server("after", 8)) {
        after.createEntry(); // its event has the id of the one that is gone
        after.commit();
        follower.awaitRounds(3);
      }
    }
    FollowLegacyTest.assertSame(source, target);
  }

  private static void restore(Path backup, Path file) throws Exception {
    for (String part : List.of("-wal", "-shm")) {
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + part));
    }
    Files.move(backup, file, StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void standbyWithoutTheLastCommitsIsFollowed() throws Exception {
    Database database = LegacyServers.PG.load("varied");
    String target = "sqlite:" + folder.resolve("target.db");
    var direct =
        new LegacySourceCase.Live(database.jdbcUrl(), database.user(), database.password());
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        LiveSpire spire = direct.server("one", 5)) {
      var source =
          new LegacySourceCase.Live(
              proxy.through(database).jdbcUrl(), database.user(), database.password());
      try (RunningFollower follower = RunningFollower.start(source, target, SELDOM)) {
        follower.awaitComparisons(1);
        String lost = spire.createEntry();
        spire.commit();
        follower.awaitRounds(2);
        proxy.refuse();
        proxy.strike(FaultProxy.Direction.TO_SERVER, FaultProxy.Fault.CUT);
        lose(
            direct,
            List.of(lost),
            "SELECT setval('registered_entries_events_id_seq', MAX(id))"
                + " FROM registered_entries_events");
        spire.createEntry(); // its event has the id of the one that is gone
        spire.commit();
        follower.await(() -> !follower.reports("retry").isEmpty());
        proxy.heal();
        follower.awaitRounds(3);
      }
    }
    FollowLegacyTest.assertSame(direct, target);
  }

  @Test
  void databaseThatIsRestoredInItsPlaceIsFollowed() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (LiveSpire spire = source.server("one", 7);
        RunningFollower follower = RunningFollower.start(source, target, SELDOM)) {
      follower.awaitComparisons(1);
      List<String> lost = List.of(spire.createEntry(), spire.createEntry());
      spire.commit();
      follower.awaitRounds(2);
      lose(
          source,
          lost,
          "UPDATE sqlite_sequence SET seq = (SELECT MAX(id) FROM registered_entries_events)"
              + " WHERE name = 'registered_entries_events'");
      spire.createEntry();
      spire.commit();
      follower.awaitRounds(3);
      spire.createEntry();
      spire.commit();
      follower.awaitRounds(2);
    }
    FollowLegacyTest.assertSame(source, target);
  }

  /** Has entries and their events never have been there. */
  private static void lose(LegacySourceCase.Live source, List<String> entries, String countAnew)
      throws Exception {
    String ids = "('" + String.join("', '", entries) + "')";
    String rows = "(SELECT id FROM registered_entries WHERE entry_id IN " + ids + ")";
    try (Connection connection =
            DriverManager.getConnection(source.url(), source.user(), source.password());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String parts : List.of("selectors", "dns_names", "federated_registration_entries")) {
        statement.execute("DELETE FROM " + parts + " WHERE registered_entry_id IN " + rows);
      }
      statement.execute("DELETE FROM registered_entries WHERE entry_id IN " + ids);
      statement.execute("DELETE FROM registered_entries_events WHERE entry_id IN " + ids);
      statement.execute(countAnew);
      connection.commit();
    }
  }
}
