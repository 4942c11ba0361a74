package io.holdfast.benchmarks;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.Postgres;
import java.util.List;

/** How often a transaction waits for the server: counted on the wire. */
final class RoundTrips {
  private static final int TRANSACTIONS = 1000;

  private RoundTrips() {}

  /** Two reads and two writes without a conflict, on PostgreSQL. */
  static Result ofTransaction(Scale scale) {
    Database database = Postgres.shared().freshDatabase();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(Site.storeUrl("postgresql", proxy.through(database)))) {
      store.put(Key.of("left"), Upserts.value());
      store.put(Key.of("right"), Upserts.value());
      transfer(store, scale.times(TRANSACTIONS)); // connects
      long before = proxy.messages(Direction.TO_SERVER);
      int transactions = scale.times(TRANSACTIONS);
      transfer(store, transactions);
      double trips = proxy.messages(Direction.TO_SERVER) - before;
      return Result.alone(
          new Figure(
              "transaction of 2 reads and 2 writes, no conflict",
              "",
              "round trips",
              Bound.atMost(3)),
          List.of(trips / transactions));
    }
  }

  private static void transfer(Store store, int times) {
    for (int i = 0; i < times; i++) {
      store.transact(
          tx -> {
            KeyValue left = tx.get(Key.of("left")).orElseThrow();
            KeyValue right = tx.get(Key.of("right")).orElseThrow();
            tx.put(left.key(), right.value());
            tx.put(right.key(), left.value());
          });
    }
  }
}
