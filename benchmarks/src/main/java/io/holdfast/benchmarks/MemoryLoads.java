package io.holdfast.benchmarks;

import io.holdfast.cache.Entry;
import io.holdfast.cache.Index;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.WarmStart;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** How a million items come into memory from PostgreSQL and etcd, and what they take there. */
final class MemoryLoads implements AutoCloseable {
  private static final int ITEMS = 1_000_000;
  private static final int VALUE_BYTES = 400;
  private static final int FILL_BATCH = 1000;
  private static final int FETCHED = 1000;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String PEER_TABLE = "plain_items";

  private final Duel duel;
  private final int size;
  private final Site site = Site.postgres();
  private final Folder folder = new Folder();
  private final Store store = Store.open(site.storeUrl());
  private final Connection peer = DriverManager.getConnection(site.jdbcUrl());

  private MemoryLoads(Scale scale) throws SQLException, IOException {
    // A round is as long as a load takes; and there are fewer of them.
    duel = new Duel(new Scale(Math.min(5, scale.rounds()), scale.round(), scale.shrink()));
    size = scale.items(ITEMS);
    fillStore();
    fillPeer();
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (MemoryLoads loads = new MemoryLoads(scale)) {
      results.accept(loads.lists());
      results.accept(loads.fullLoad());
      results.accept(loads.warmStart());
      loads.heap().forEach(results);
    }
    EtcdLoads.run(scale, results);
  }

  private void fillStore() {
    for (int from = 0; from < size; from += FILL_BATCH) {
      Map<Key, byte[]> batch = new HashMap<>();
      for (int i = from; i < Math.min(size, from + FILL_BATCH); i++) {
        batch.put(Item.key(i), Item.bytes(i, 0, VALUE_BYTES));
      }
      store.put(batch);
    }
  }

  private void fillPeer() throws SQLException {
    try (Statement statement = peer.createStatement()) {
      statement.execute(
          "CREATE TABLE " + PEER_TABLE + " (k bytea PRIMARY KEY, owner integer, v bytea)");
    }
    peer.setAutoCommit(false);
    try (PreparedStatement insert =
        peer.prepareStatement("INSERT INTO " + PEER_TABLE + " VALUES (?, ?, ?)")) {
      for (int i = 0; i < size; i++) {
        insert.setBytes(1, Item.key(i).toBytes());
        insert.setInt(2, i / Item.PER_OWNER);
        insert.setBytes(3, Item.bytes(i, 0, VALUE_BYTES));
        insert.addBatch();
        if (i % FILL_BATCH == 0) {
          insert.executeBatch();
        }
      }
      insert.executeBatch();
    }
    try (Statement statement = peer.createStatement()) {
      statement.execute("CREATE INDEX plain_owner ON " + PEER_TABLE + " (owner)");
    }
    peer.commit();
    try (Statement statement = peer.createStatement()) {
      statement.execute("ANALYZE " + PEER_TABLE);
    }
    peer.commit();
  }

  private Mirror.Builder<Item> mirror() {
    return Mirror.of(store, Item::parse)
        .range(Item.ALL)
        .index(new Index<>(Catalogue.OWNER, entry -> List.of(Item.ownerKey(entry.value().owner()))))
        .verifyEvery(Duration.ZERO);
  }

  private Result lists() throws Exception {
    try (Mirror<Item> mirror = mirror().open();
        PreparedStatement query =
            peer.prepareStatement("SELECT v FROM " + PEER_TABLE + " WHERE owner = ?")) {
      mirror.awaitReady(PATIENCE);
      return duel.run(
          new Figure(
              "list by index, 10 results out of 1,000,000, 1 thread",
              "the same as a SELECT on local PostgreSQL",
              "op/s",
              Bound.atLeast(100)),
          time -> Load.perSecond(time, 1, i -> () -> list(mirror)),
          time -> Load.perSecond(time, 1, i -> () -> select(query)));
    }
  }

  private int anyOwner() {
    return ThreadLocalRandom.current().nextInt(size / Item.PER_OWNER);
  }

  private long list(Mirror<Item> mirror) {
    long found = 0;
    KeyRange owner = KeyRange.under(Item.ownerKey(anyOwner()));
    for (Entry<Item> entry : mirror.snapshot().range(Catalogue.OWNER, owner)) {
      found += 1 - entry.value().stamp();
    }
    return check(found);
  }

  private long select(PreparedStatement query) throws SQLException {
    query.setInt(1, anyOwner());
    long found = 0;
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        found += 1 - Item.parse(ByteBuffer.wrap(row.getBytes(1))).stamp();
      }
    }
    return check(found);
  }

  private static long check(long found) {
    if (found != Item.PER_OWNER) {
      throw new IllegalStateException("found " + found + " items of an owner");
    }
    return 1;
  }

  private Result fullLoad() throws Exception {
    return duel.run(
        new Figure(
            "full load of 1,000,000 x 400 B from PostgreSQL, one index",
            "driver scan with decoding",
            "items/s",
            Bound.atLeast(0.7)),
        time -> size / open(mirror()),
        time -> size / scan());
  }

  /** How many seconds it takes until it can be read. */
  private static double open(Mirror.Builder<Item> builder) {
    long begin = System.nanoTime();
    try (Mirror<Item> mirror = builder.open()) {
      mirror.awaitReady(PATIENCE);
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  private double scan() throws SQLException {
    long begin = System.nanoTime();
    List<Item> items = new ArrayList<>();
    try (Statement statement = peer.createStatement()) {
      statement.setFetchSize(FETCHED);
      try (ResultSet row =
          statement.executeQuery("SELECT k, v FROM " + PEER_TABLE + " ORDER BY k")) {
        while (row.next()) {
          if (row.getBytes(1).length > 0) {
            items.add(Item.parse(ByteBuffer.wrap(row.getBytes(2))));
          }
        }
      }
    }
    if (items.size() != size) {
      throw new IllegalStateException("scanned " + items.size());
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private Result warmStart() throws Exception {
    WarmStart file = WarmStart.from(folder.file("items.mirror"));
    open(warm(file)); // writes the file when it is closed
    return duel.run(
        new Figure(
            "cold load of 1,000,000 x 400 B", "warm start of the same", "s", Bound.atLeast(3)),
        time -> open(mirror()),
        time -> open(warm(file)));
  }

  private Mirror.Builder<Item> warm(WarmStart file) {
    return mirror().warmStart(file).indexVersion("owner 1");
  }

  private List<Result> heap() {
    long before = Heap.used();
    try (Mirror<Item> mirror = mirror().decodeOnUse().open()) {
      mirror.awaitReady(PATIENCE);
      double fresh = Heap.since(before) / 1e6;
      long used = 0;
      for (Entry<Item> entry : mirror.snapshot().range(Item.ALL)) {
        used += 1 - entry.value().stamp();
      }
      double afterUse = Heap.since(before) / 1e6;
      double wire = used * (VALUE_BYTES + Item.key(size - 1).length()) / 1e6;
      String what = "heap of 1,000,000 x 400 B, one index, decoded on first use, ";
      return List.of(
          new Result(
              new Figure(what + "before use", "keys and values as stored", "MB", Bound.atMost(2.0)),
              List.of(fresh),
              List.of(wire)),
          new Result(
              new Figure(what + "all used", "keys and values as stored", "MB", Bound.none()),
              List.of(afterUse),
              List.of(wire)));
    }
  }

  @Override
  public void close() throws SQLException {
    store.close();
    peer.close();
    folder.close();
  }
}
