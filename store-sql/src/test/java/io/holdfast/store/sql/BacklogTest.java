package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A watch that is far behind writers of large commits. */
@Timeout(300)
final class BacklogTest {
  private static final int COMMITS = 1000;
  private static final int CHANGES = 1000;

  /** As if others had written so much; a store would take minutes. */
  private static String[] commits(ServerKind server) {
    String columns =
        "INSERT INTO holdfast_changes (revision, entry_key, entry_value, created, committed_at,"
            + " token";
    String changes =
        server == ServerKind.POSTGRES
            ? ") SELECT r, decode(lpad(to_hex(k), 8, '0'), 'hex'), repeat('a', 99)::bytea, 1, %d, r"
                + " FROM generate_series(1, %d) r, generate_series(1, %d) k"
            : ", volume) SELECT r.seq, CONCAT(k.seq), REPEAT('a', 99), 1, %d, r.seq, r.seq * 99999"
                + " FROM seq_1_to_%d r, seq_1_to_%d k";
    return new String[] {
      columns + changes.formatted(System.currentTimeMillis(), COMMITS, CHANGES),
      "UPDATE holdfast_meta SET revision = %d, token = %d".formatted(COMMITS, COMMITS)
    };
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void w7whoAsksWithLittleTimeCatchesUpWithLargeCommits(ServerKind server) {
    Database database = server.fresh();
    StoreConfig config = server.url(database).withTimeout(Opened.TIMEOUT);
    try (Store store = Store.open(config)) {
      Position start = store.status().head();
      OpenedMySql.execute(database, commits(server));
      try (Watch watch = store.watch(KeyRange.all(), start)) {
        long[] seen = new long[1];
        Opened.await(
            "a few of the commits",
            () -> {
              Optional<WatchBatch> batch = watch.next(Duration.ofMillis(100));
              batch.ifPresent(one -> assertEquals(CHANGES, one.events().size()));
              batch.ifPresent(one -> assertEquals(++seen[0], one.position().revision().number()));
              return seen[0] == 50;
            });
      }
    }
  }
}
