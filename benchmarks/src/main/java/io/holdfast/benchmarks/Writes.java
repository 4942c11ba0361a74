package io.holdfast.benchmarks;

import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Ordered writes with history, beside upserts of one row each that keep none. */
final class Writes implements AutoCloseable {
  private static final String PEER = "one-row upserts, autocommit, no history";

  private final Scale scale;
  private final Duel duel;
  private final Site site;
  private final Upserts upserts;
  private final Store store;
  private final PlainTable table;

  Writes(Scale scale, Site site) throws SQLException {
    this.scale = scale;
    this.duel = new Duel(scale);
    this.site = site;
    upserts = new Upserts(scale);
    store = Store.open(site.storeUrl());
    table = new PlainTable(site.jdbcUrl());
    upserts.fill(store);
    upserts.fill(table);
  }

  /** Each thread of the peer has a connection. */
  Result threads(int threads, Bound bound) throws Exception {
    IntFunction<Load.Work> peers = upserts.upserts(table, threads);
    return duel.run(
        new Figure("writes, " + plural(threads, "thread"), PEER, "op/s", bound),
        time -> Load.perSecond(time, threads, i -> upserts.puts(store)),
        time -> Load.perSecond(time, threads, peers));
  }

  /** The peer's threads take turns on one connection: nobody waits for a lock of the database. */
  Result threadsInTurn(int threads, Bound bound) throws Exception {
    try (PreparedStatement shared = table.upsert(table.connect())) {
      Load.Work upsert = upserts.upserts(shared);
      Load.Work inTurn =
          () -> {
            synchronized (shared) {
              return upsert.run();
            }
          };
      return duel.run(
          new Figure(
              "writes, " + threads + " threads",
              PEER + ", in turn on one connection",
              "op/s",
              bound),
          time -> Load.perSecond(time, threads, i -> upserts.puts(store)),
          time -> Load.perSecond(time, threads, i -> inTurn));
    }
  }

  /** Whether more threads make it slower. */
  Result moreThreads(int more, int fewer, Bound bound) throws Exception {
    return duel.run(
        new Figure(
            "writes, " + more + " threads", "the same, " + fewer + " threads", "op/s", bound),
        time -> Load.perSecond(time, more, i -> upserts.puts(store)),
        time -> Load.perSecond(time, fewer, i -> upserts.puts(store)));
  }

  /** Several processes with some threads each. */
  Result processes(int processes, int threads, Bound bound) throws Exception {
    try (Crew ours =
            new Crew(scale.processes(processes), Child.Role.PUT, site.storeUrl(), threads);
        Crew theirs =
            new Crew(scale.processes(processes), Child.Role.UPSERT, site.jdbcUrl(), threads)) {
      List<Child> all = new ArrayList<>(ours.children);
      all.addAll(theirs.children);
      return new Duel(scale, all)
          .run(
              new Figure(
                  "writes, %d processes of %s".formatted(processes, plural(threads, "thread")),
                  PEER,
                  "op/s",
                  bound),
              time -> ours.sum("" + time.toMillis()),
              time -> theirs.sum("" + time.toMillis()));
    }
  }

  private static String plural(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  @Override
  public void close() throws SQLException {
    store.close();
    table.close();
  }

  /** Other processes that do the same at the same time. */
  private final class Crew implements AutoCloseable {
    private final List<Child> children = new ArrayList<>();

    Crew(int size, Child.Role role, String url, int threads) throws Exception {
      for (int i = 0; i < size; i++) {
        children.add(Child.start(role, url, "" + threads, "" + upserts.size()));
      }
    }

    /** Tells all of them the same and adds up the numbers that they answer. */
    double sum(String line) throws Exception {
      for (Child child : children) {
        child.tell(line);
      }
      double sum = 0;
      for (Child child : children) {
        sum += Double.parseDouble(child.hear());
      }
      return sum;
    }

    @Override
    public void close() {
      children.forEach(Child::close);
    }
  }
}
