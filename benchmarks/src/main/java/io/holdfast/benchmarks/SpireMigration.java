package io.holdfast.benchmarks;

import io.holdfast.cache.WarmStart;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Postgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/** A million entries out of SPIRE's tables into a store, and from there into memory. */
final class SpireMigration implements AutoCloseable {
  private static final int ENTRIES = 1_000_000;
  private static final int ENTRIES_PER_AGENT = 4;
  private static final int BATCH = 1000;
  private static final int ROUNDS_MAX = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  /** All that such a fleet consists of. */
  private static final List<String> TABLES =
      List.of(
          "bundles",
          "attested_node_entries",
          "node_resolver_map_entries",
          "registered_entries",
          "selectors",
          "dns_names",
          "federated_registration_entries");

  private final Duel duel;
  private final int entries;
  private final Database legacy = Postgres.shared().freshDatabase();
  private final Folder folder = new Folder();

  private SpireMigration(Scale scale) throws Exception {
    // A round is as long as a migration takes; and there are fewer of them.
    duel = new Duel(new Scale(Math.min(ROUNDS_MAX, scale.rounds()), scale.round(), scale.shrink()));
    entries = scale.items(ENTRIES);
    SpireOnPostgres.generate(legacy, entries / ENTRIES_PER_AGENT, ENTRIES_PER_AGENT);
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (SpireMigration migration = new SpireMigration(scale)) {
      results.accept(migration.migrate());
      results.accept(migration.start());
    }
  }

  private Result migrate() throws Exception {
    return duel.run(
        new Figure(
            "migrate 1,000,000 entries and 250,000 agents, PostgreSQL to PostgreSQL, verified,"
                + " with a heap of 256 MB",
            "select and batched insert of the same rows",
            "entries/s",
            Bound.atLeast(0.5)),
        time -> entries / SpireOnPostgres.migrate(legacy, freshStore()),
        time -> entries / copy());
  }

  private static String freshStore() {
    return Site.storeUrl("postgresql", Postgres.shared().freshDatabase());
  }

  private double copy() throws SQLException {
    Database target = Postgres.shared().freshDatabase();
    long begin = System.nanoTime();
    try (Connection from = legacy.connect();
        Connection to = target.connect()) {
      from.setAutoCommit(false);
      to.setAutoCommit(false);
      for (String table : TABLES) {
        copy(table, from, to);
      }
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  private static void copy(String table, Connection from, Connection to) throws SQLException {
    try (Statement select = from.createStatement()) {
      select.setFetchSize(BATCH);
      try (ResultSet row = select.executeQuery("SELECT * FROM " + table)) {
        int columns = row.getMetaData().getColumnCount();
        create(table, row, to);
        String values = String.join(", ", Collections.nCopies(columns, "?"));
        try (PreparedStatement insert =
            to.prepareStatement("INSERT INTO " + table + " VALUES (" + values + ")")) {
          int rows = 0;
          while (row.next()) {
            for (int column = 1; column <= columns; column++) {
              insert.setObject(column, row.getObject(column));
            }
            insert.addBatch();
            if (++rows % BATCH == 0) {
              insert.executeBatch();
              to.commit();
            }
          }
          insert.executeBatch();
          to.commit();
        }
      }
    }
  }

  /** With the columns of the result, and no index. */
  private static void create(String table, ResultSet row, Connection to) throws SQLException {
    StringBuilder columns = new StringBuilder();
    for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
      columns
          .append(column == 1 ? "" : ", ")
          .append(row.getMetaData().getColumnName(column))
          .append(' ')
          .append(row.getMetaData().getColumnTypeName(column).replace("serial", "int"));
    }
    try (Statement create = to.createStatement()) {
      create.execute("CREATE TABLE " + table + " (" + columns + ")");
    }
  }

  /** Until authorization can be asked, 250,000 agents and a million entries. */
  private Result start() throws Exception {
    String url = freshStore();
    SpireOnPostgres.migrate(legacy, url);
    WarmStart file = WarmStart.from(folder.file("spire.mirror"));
    try (Store store = Store.open(url)) {
      open(datastore(store).warmStart(file)); // writes the file when it is closed
      return duel.run(
          new Figure(
              "start until ready, cold, 1,000,000 entries and 250,000 agents in PostgreSQL",
              "warm start of the same",
              "s",
              Bound.atLeast(3)),
          time -> open(datastore(store)),
          time -> open(datastore(store).warmStart(file)));
    }
  }

  private static Datastore.Builder datastore(Store store) {
    return Datastore.builder(store)
        .types(SpireTypes.all())
        .loadTimeout(PATIENCE)
        .verifyEvery(Duration.ZERO);
  }

  private static double open(Datastore.Builder builder) {
    long begin = System.nanoTime();
    Datastore opened = builder.open();
    double seconds = (System.nanoTime() - begin) / 1e9;
    opened.close();
    return seconds;
  }

  @Override
  public void close() {
    folder.close();
  }
}
