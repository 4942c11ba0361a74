package io.holdfast.migrate;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.PostgresPair;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A follower that spares the primary and reads a hot standby, which may take back what is read. */
final class FollowLegacyStandbyTest {
  @TempDir Path folder;

  @Test
  void readsThatTheStandbyCancelsAreTriedAgain() throws Exception {
    String target = "sqlite:" + folder.resolve("target.db");
    try (PostgresPair pair = PostgresPair.startSynchronous()) {
      Database primary = pair.primary().freshDatabase();
      LegacyServers.load("/legacy/varied.pg.sql.gz", primary);
      LegacyServers.change(
          pair.replica().admin(),
          "ALTER SYSTEM SET max_standby_streaming_delay = 0",
          "SELECT pg_reload_conf()");
      Database admin = pair.replica().admin();
      var standby =
          new LegacySourceCase.Live(
              admin.jdbcUrl().replaceFirst("(//[^/]*/)[^?]*", "$1" + primary.name()),
              admin.user(),
              admin.password());
      var written =
          new LegacySourceCase.Live(primary.jdbcUrl(), primary.user(), primary.password());
      try (LiveSpire spire = written.server("one", 9);
          RunningFollower follower = RunningFollower.start(standby, target, Duration.ofHours(1))) {
        follower.awaitComparisons(1);
        follower.await(
            () -> {
              removeWhatIsRead(spire, primary);
              return !follower.reports("retry").isEmpty();
            });
        follower.awaitComparisons(2);
        follower.awaitRounds(3);
      }
      FollowLegacyTest.assertSame(written, target);
    }
  }

  /** Leaves rows behind that only readers on the standby still see, and has them removed. */
  private static void removeWhatIsRead(LiveSpire spire, Database primary) {
    try {
      String entry = spire.createEntry();
      spire.commit();
      spire.deleteEntry(entry);
      spire.commit();
      LegacyServers.change(primary, "VACUUM registered_entries", "VACUUM selectors");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
