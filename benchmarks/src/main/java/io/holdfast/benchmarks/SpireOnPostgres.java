package io.holdfast.benchmarks;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Entries;
import io.holdfast.datastore.spire.EntryFilter;
import io.holdfast.datastore.spire.Match;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Postgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/** SPIRE's entries: listed from memory, and created, beside its own tables in PostgreSQL. */
final class SpireOnPostgres implements AutoCloseable {
  private static final int ENTRIES = 100_000;
  private static final int PER_AGENT = 4;
  private static final int COMPARED = 20;

  /** So many lists from memory between two looks at the clock, which costs as much as a part. */
  private static final int LISTS = 8;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Duel duel;
  private final Database legacy = Postgres.shared().freshDatabase();
  private final Database target = Postgres.shared().freshDatabase();
  private final Store store;
  private final Datastore datastore;
  private final Entries entries;
  private final List<RegistrationEntry> all;

  /**
   * What lists are asked for: all entries in a random order, as messages that came from outside,
   * none of which is in memory already.
   */
  private final List<RegistrationEntry> requests = new ArrayList<>();

  private int asked;
  private final List<LegacySql> opened = new ArrayList<>();

  private SpireOnPostgres(Scale scale) throws Exception {
    duel = new Duel(scale);
    generate(legacy, scale.items(ENTRIES) / PER_AGENT, PER_AGENT);
    String url = Site.storeUrl("postgresql", target);
    migrate(legacy, url);
    store = Store.open(url);
    datastore =
        Datastore.builder(store)
            .types(SpireTypes.all())
            .loadTimeout(PATIENCE)
            .verifyEvery(Duration.ZERO)
            .open();
    entries = SpireDatastore.of(datastore).entries();
    all = entries.list(Freshness.CACHED, EntryFilter.ALL);
    List<RegistrationEntry> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled);
    for (RegistrationEntry entry : shuffled) {
      requests.add(RegistrationEntry.parseFrom(entry.toByteString()));
    }
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (SpireOnPostgres spire = new SpireOnPostgres(scale)) {
      results.accept(spire.byParent());
      for (Match match : Match.values()) {
        results.accept(spire.bySelectors(match));
      }
      results.accept(spire.bySpiffeId());
      results.accept(spire.count("all of 100,000", EntryFilter.ALL));
      Selector common = spire.all.get(0).getSelectors(0);
      results.accept(
          spire.count(
              "those of 100,000 with a selector that many have",
              EntryFilter.ALL.selectors(List.of(common), Match.SUPERSET)));
      results.accept(spire.create(32, Bound.atLeast(8)));
      results.accept(spire.create(1, Bound.atLeast(3)));
    }
  }

  static void generate(Database database, int agents, int entriesPerAgent) throws Exception {
    CommandLineTool.run(
        Map.of("HOLDFAST_TO_USER", database.user(), "HOLDFAST_TO_PASSWORD", database.password()),
        "generate",
        "fleet",
        "--agents=" + agents,
        "--entries-per-agent=" + entriesPerAgent,
        "--to=" + database.jdbcUrl());
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("ANALYZE");
    }
  }

  /** In a process with 256 MB of heap; how many seconds it took. */
  static double migrate(Database from, String to) throws Exception {
    return CommandLineTool.run(
        Map.of("HOLDFAST_FROM_USER", from.user(), "HOLDFAST_FROM_PASSWORD", from.password()),
        "migrate",
        "legacy",
        "--from=" + from.jdbcUrl(),
        "--to=" + to);
  }

  private LegacySql sql() throws SQLException {
    LegacySql sql = new LegacySql(legacy.connect());
    opened.add(sql);
    return sql;
  }

  private RegistrationEntry any() {
    return all.get(ThreadLocalRandom.current().nextInt(all.size()));
  }

  private RegistrationEntry request() {
    asked = (asked + 1) % requests.size();
    return requests.get(asked);
  }

  private static long found(long number) {
    if (number == 0) {
      throw new IllegalStateException("an entry that is there was not found");
    }
    return 1;
  }

  /** Asks SPIRE's tables for what belongs to an entry. */
  private interface Query {
    List<RegistrationEntry> ask(LegacyLists lists, RegistrationEntry entry) throws SQLException;
  }

  private Result list(String by, Function<RegistrationEntry, EntryFilter> filter, Query query)
      throws Exception {
    LegacyLists lists = sql().lists();
    checkAlike(by, filter, query, lists);
    return duel.run(
        new Figure(
            "list entries by " + by + ", 100,000 entries",
            "SQL on SPIRE's tables, prepared, one connection",
            "op/s",
            Bound.atLeast(100)),
        time -> Load.perSecond(time, 1, i -> () -> lists(filter)),
        time -> Load.perSecond(time, 1, i -> () -> found(query.ask(lists, request()).size())));
  }

  private long lists(Function<RegistrationEntry, EntryFilter> filter) {
    for (int i = 0; i < LISTS; i++) {
      found(listed(filter.apply(request())).size());
    }
    return LISTS;
  }

  /** Both sides give the same entries in the same order, every field alike. */
  private void checkAlike(
      String by, Function<RegistrationEntry, EntryFilter> filter, Query query, LegacyLists lists)
      throws SQLException {
    for (int i = 0; i < COMPARED; i++) {
      RegistrationEntry entry = request();
      if (!listed(filter.apply(entry)).equals(query.ask(lists, entry))) {
        throw new IllegalStateException("the lists by " + by + " differ for " + entry);
      }
    }
  }

  private List<RegistrationEntry> listed(EntryFilter filter) {
    return entries.list(Freshness.CACHED, filter);
  }

  private Result byParent() throws Exception {
    return list(
        "parent",
        entry -> EntryFilter.ALL.parentId(entry.getParentId()),
        (lists, entry) -> lists.byParent(entry.getParentId()));
  }

  private Result bySpiffeId() throws Exception {
    return list(
        "SPIFFE ID",
        entry -> EntryFilter.ALL.spiffeId(entry.getSpiffeId()),
        (lists, entry) -> lists.bySpiffeId(entry.getSpiffeId()));
  }

  private Result bySelectors(Match match) throws Exception {
    LegacyLists.Filter filter = LegacyLists.Filter.valueOf(match.name());
    return list(
        "selectors, " + match.name().toLowerCase(Locale.ROOT),
        entry -> EntryFilter.ALL.selectors(entry.getSelectorsList(), match),
        (lists, entry) -> lists.bySelectors(filter, entry.getSelectorsList()));
  }

  private Result count(String what, EntryFilter filter) throws Exception {
    return duel.run(
        new Figure("count entries: " + what, "", "ms", Bound.atMost(1)),
        time ->
            1e3
                / Load.perSecond(
                    time, 1, i -> () -> found(entries.count(Freshness.CACHED, filter))));
  }

  private Result create(int threads, Bound bound) throws Exception {
    List<LegacySql> connections = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      connections.add(sql());
    }
    return duel.run(
        new Figure(
            "create entry, PostgreSQL, " + threads + (threads == 1 ? " thread" : " threads"),
            "SPIRE's statements on its tables",
            "op/s",
            bound),
        time ->
            Load.perSecond(
                time,
                threads,
                i ->
                    () -> {
                      entries.create(fresh());
                      return 1;
                    }),
        time ->
            Load.perSecond(
                time,
                threads,
                i ->
                    () -> {
                      connections.get(i).create(fresh());
                      return 1;
                    }));
  }

  /** Like one that is there, for another workload. */
  private RegistrationEntry fresh() {
    UUID id = UUID.randomUUID();
    return any().toBuilder()
        .setEntryId(id.toString())
        .setSpiffeId("spiffe://fleet.example/fresh/" + id)
        .clearFederatesWith()
        .clearDnsNames()
        .build();
  }

  @Override
  public void close() throws SQLException {
    datastore.close();
    store.close();
    for (LegacySql sql : opened) {
      sql.close();
    }
  }
}
