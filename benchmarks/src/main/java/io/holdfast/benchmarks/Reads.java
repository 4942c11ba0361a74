package io.holdfast.benchmarks;

import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads through a store, beside the same rows read with the bare driver; one thread each. */
final class Reads implements AutoCloseable {
  private static final int PAGE = 1000;
  private static final String PEER = "SELECT with the bare driver";

  private final Duel duel;
  private final Upserts upserts;
  private final Store store;
  private final PlainTable table;

  Reads(Scale scale, Site site) throws SQLException {
    duel = new Duel(scale);
    upserts = new Upserts(scale);
    store = Store.open(site.storeUrl());
    table = new PlainTable(site.jdbcUrl());
    upserts.fill(store);
    upserts.fill(table);
  }

  Result get() throws Exception {
    Figure figure = new Figure("get of a random key", PEER, "op/s", Bound.atLeast(0.8));
    return compare(figure, " WHERE k = ?", this::getOurs, this::getTheirs);
  }

  Result page() throws Exception {
    Figure figure = new Figure("page of 1,000 in key order", PEER, "op/s", Bound.atLeast(0.8));
    return compare(
        figure, " WHERE k >= ? ORDER BY k LIMIT " + PAGE, this::pageOurs, this::pageTheirs);
  }

  Result count() throws Exception {
    Figure figure = new Figure("count of 100,000", PEER, "op/s", Bound.atLeast(0.8));
    return duel.run(
        figure,
        time -> Load.perSecond(time, 1, i -> this::countOurs),
        time -> {
          try (PreparedStatement query = table.select("count(*)", " WHERE k >= ?")) {
            return Load.perSecond(time, 1, i -> () -> countTheirs(query));
          }
        });
  }

  private Result compare(Figure figure, String where, Load.Work ours, Peer theirs)
      throws Exception {
    return duel.run(
        figure,
        time -> Load.perSecond(time, 1, i -> ours),
        time -> {
          try (PreparedStatement query = table.select("k, v", where)) {
            return Load.perSecond(time, 1, i -> () -> theirs.run(query));
          }
        });
  }

  private interface Peer {
    long run(PreparedStatement query) throws SQLException;
  }

  private long getOurs() {
    return store.get(upserts.anyKey()).orElseThrow().valueLength() > 0 ? 1 : 0;
  }

  private long getTheirs(PreparedStatement query) throws SQLException {
    query.setBytes(1, upserts.anyKey().toBytes());
    try (ResultSet row = query.executeQuery()) {
      return row.next() && row.getBytes(1).length > 0 && row.getBytes(2).length > 0 ? 1 : 0;
    }
  }

  private long pageOurs() {
    KeyRange from = KeyRange.of(upserts.anyStart(PAGE), upserts.end());
    return store.get(from, PAGE).entries().isEmpty() ? 0 : 1;
  }

  private long pageTheirs(PreparedStatement query) throws SQLException {
    query.setBytes(1, upserts.anyStart(PAGE).toBytes());
    long bytes = 0;
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        bytes += row.getBytes(1).length + row.getBytes(2).length;
      }
    }
    return bytes > 0 ? 1 : 0;
  }

  private long countOurs() {
    return check(store.count(KeyRange.of(upserts.first(), upserts.end())));
  }

  private long countTheirs(PreparedStatement query) throws SQLException {
    query.setBytes(1, upserts.first().toBytes());
    try (ResultSet row = query.executeQuery()) {
      return check(row.next() ? row.getLong(1) : 0);
    }
  }

  private long check(long count) {
    if (count != upserts.size()) {
      throw new IllegalStateException("counted " + count + " of " + upserts.size());
    }
    return 1;
  }

  @Override
  public void close() throws SQLException {
    store.close();
    table.close();
  }
}
