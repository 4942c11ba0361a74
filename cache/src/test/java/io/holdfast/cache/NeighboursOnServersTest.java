package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreProvider;
import io.holdfast.store.etcd.EtcdProvider;
import io.holdfast.store.sql.SqlProvider;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real stores too a mirror is loaded from another without a read, and is exact at once. */
final class NeighboursOnServersTest {
  private static final int ACCOUNTS = 200; // as many as one commit of etcd opens
  private static final int MIRRORS = 6;

  @TempDir private Path folder;
  private final AtomicInteger reads = new AtomicInteger();

  /** Counts the pages that are read through this handle. */
  private final class Counted extends ForwardingBackend {
    Counted(Backend backend) {
      super(backend);
    }

    @Override
    public Page read(KeyRange range, int entriesMax, Deadline deadline) {
      reads.incrementAndGet();
      return super.read(range, entriesMax, deadline);
    }
  }

  @Test
  void copiesAreExactOnSqlite() {
    StoreConfig place = StoreConfig.of("sqlite:" + folder.resolve("neighbours.db"));
    checkCopies(new SqlProvider(), place);
  }

  @Test
  void copiesAreExactOnPostgres() {
    Database database = Postgres.shared().freshDatabase();
    StoreConfig place = Places.of("postgresql", database).withPassword(database.password());
    checkCopies(new SqlProvider(), place);
  }

  @Test
  void copiesAreExactOnMariaDb() {
    Database database = MariaDb.shared().freshDatabase();
    StoreConfig place = Places.of("mariadb", database).withPassword(database.password());
    checkCopies(new SqlProvider(), place);
  }

  @Test
  void copiesAreExactOnEtcd() {
    Etcd server = Etcd.shared();
    checkCopies(new EtcdProvider(), Places.of(server, server.freshPrefix()));
  }

  /** Others, who have a handle of their own, move money all the time. */
  private void checkCopies(StoreProvider provider, StoreConfig place) {
    List<Mirror<Long>> mirrors = new ArrayList<>();
    try (Store store = Store.over(new Counted(provider.open(place)), LONG);
        Store others = Store.over(provider.open(place), LONG);
        Bank bank = new Bank(others, ACCOUNTS).withWriters(2)) {
      try {
        checkCopies(store, bank, mirrors);
      } finally {
        mirrors.forEach(Mirror::close);
      }
    }
  }

  private void checkCopies(Store store, Bank bank, List<Mirror<Long>> mirrors) {
    mirrors.add(openExact(store));
    int readOnce = reads.get();
    assertTrue(readOnce > 0);
    long moved = bank.moved();
    while (mirrors.size() < MIRRORS) {
      mirrors.add(openExact(store));
    }
    assertEquals(readOnce, reads.get());
    Words.await("others write meanwhile", () -> bank.moved() > moved);
    bank.stop();
    for (Mirror<Long> mirror : mirrors) {
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertEquals(1, mirror.state().timeline());
    }
  }

  private static Mirror<Long> openExact(Store store) {
    Mirror<Long> mirror =
        Mirror.of(store, Bank::balance)
            .range(Bank.ACCOUNTS)
            .index(Bank.BY_DIGIT)
            .verifyEvery(Duration.ofHours(1))
            .open();
    Snapshot<Long> now = mirror.snapshot(Freshness.LINEARIZABLE, LONG);
    assertEquals(List.of(Bank.SUM, Bank.SUM), Bank.sums(now));
    return mirror;
  }
}
