package io.holdfast.benchmarks;

import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Writes of one small random row each, the same through a store and into a plain table. */
final class Upserts {
  private static final int KEYS = 100_000;
  private static final int VALUE_BYTES = 100;
  private static final int FILL_BATCH = 100;

  private final List<Key> keys;

  Upserts(Scale scale) {
    this(scale.items(KEYS));
  }

  /** Over so many keys. */
  Upserts(int size) {
    keys = IntStream.range(0, size).mapToObj(i -> Key.of("upsert", i)).toList();
  }

  static byte[] value() {
    byte[] value = new byte[VALUE_BYTES];
    ThreadLocalRandom.current().nextBytes(value);
    return value;
  }

  Key anyKey() {
    return keys.get(ThreadLocalRandom.current().nextInt(keys.size()));
  }

  /** A key behind which there are so many more, if there are so many at all. */
  Key anyStart(int behind) {
    return keys.get(ThreadLocalRandom.current().nextInt(Math.max(1, keys.size() - behind)));
  }

  Key first() {
    return keys.get(0);
  }

  /** Behind all keys. */
  Key end() {
    return Key.of("upsert", keys.size());
  }

  int size() {
    return keys.size();
  }

  /** Gives each key a value. */
  void fill(Store store) {
    for (int from = 0; from < keys.size(); from += FILL_BATCH) {
      Map<Key, byte[]> batch = new HashMap<>();
      keys.subList(from, Math.min(keys.size(), from + FILL_BATCH))
          .forEach(key -> batch.put(key, value()));
      store.put(batch);
    }
  }

  /** Gives each key a row. */
  void fill(PlainTable table) throws SQLException {
    try (Connection connection = table.connect();
        PreparedStatement upsert = table.upsert(connection)) {
      connection.setAutoCommit(false);
      for (Key key : keys) {
        upsert.setBytes(1, key.toBytes());
        upsert.setBytes(2, value());
        upsert.addBatch();
      }
      upsert.executeBatch();
      connection.commit();
    }
  }

  /** Puts into a store. */
  Load.Work puts(Store store) {
    return () -> {
      store.put(anyKey(), value());
      return 1;
    };
  }

  /** Upserts, each thread on a connection of its own, which commits each row. */
  IntFunction<Load.Work> upserts(PlainTable table, int threads) throws SQLException {
    List<Load.Work> works = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      works.add(upserts(table.upsert(table.connect())));
    }
    return works::get;
  }

  Load.Work upserts(PreparedStatement upsert) {
    return () -> {
      upsert.setBytes(1, anyKey().toBytes());
      upsert.setBytes(2, value());
      return upsert.executeUpdate() > 0 ? 1 : 0;
    };
  }
}
