package io.holdfast.campaign;

import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * The negative control: servers that lose acknowledged commits, as an asynchronous failover and a
 * restored backup do. A campaign that is worth anything must see the loss, and everybody who had
 * followed past the fork must say so.
 */
final class Fork {
  private static final Duration PHASE = Duration.ofSeconds(3);

  private final Options options;
  private final Servers servers;
  private final PrintStream console;

  /** Servers that can be made to lose commits. */
  interface Servers extends AutoCloseable {
    String url();

    /** Whether commits that have nothing to do with each other may get one revision. */
    default boolean sharesRevisions() {
      return false;
    }

    /** From here on, what is committed will be lost. */
    void keep();

    /** Loses it; returns when the servers answer again. */
    void lose();

    @Override
    void close();
  }

  /**
   * What came of it.
   *
   * @param acknowledged how many commits the clients were told of
   * @param rules what the checker found, with how often
   * @param watchers how many had seen a commit that is lost
   * @param watchersDiverged how many of these said diverged
   * @param mirrors how many had seen the last commit that is lost
   * @param mirrorsDiverged how many of these said diverged
   * @param writerDiverged whether a process that wrote and then wrote again was told
   */
  record Result(
      long acknowledged,
      Map<String, Long> rules,
      int watchers,
      int watchersDiverged,
      int mirrors,
      int mirrorsDiverged,
      boolean writerDiverged) {}

  Fork(Options options, Servers servers, PrintStream console) {
    this.options = options;
    this.servers = servers;
    this.console = console;
  }

  Result run() throws Exception {
    Campaign.prepare(options.home());
    String url = options.url(servers.url());
    Store store = Patience.open(url);
    Position start = Patience.head(store);
    Fleet fleet = new Fleet(options, url, start, new SplittableRandom(options.seed()));
    try (store;
        Caretaker caretaker = new Caretaker(store, options.home())) {
      caretaker.fill();
      fleet.start();
      LockSupport.parkNanos(PHASE.toNanos());
      servers.keep();
      Position fork = Patience.head(store);
      LockSupport.parkNanos(PHASE.toNanos());
      fleet.stop();
      caretaker.mark();
      fleet.awaitSeen(Patience.head(store).revision().number());
      servers.lose();
      console.println("lost what was behind " + fork);
      boolean writer = isToldToWriter(caretaker);
      caretaker.mark();
      List<String> mirrors = fleet.diverge();
      mirrors.forEach(console::println);
      return result(start, fleet, mirrors, writer);
    } finally {
      fleet.killAll();
    }
  }

  /** A writer that reads nothing must notice too, once; afterwards it may go on. */
  private static boolean isToldToWriter(Caretaker caretaker) {
    try {
      caretaker.mark();
      return false;
    } catch (StoreException.Diverged e) {
      return true;
    }
  }

  private Result result(Position start, Fleet fleet, List<String> mirrors, boolean writer)
      throws Exception {
    try (Store after = Patience.open(options.url(servers.url()))) {
      Position head = Patience.head(after);
      WatchLog log = new WatchLog(Campaign.recordFile(options), null, start);
      Follower reader =
          new Follower(after, null, start, log, new SplittableRandom(1), revision -> {});
      reader.until(head.revision().number());
      reader.run();
    }
    List<Commit> commits = Campaign.commits(options);
    List<Operation> operations = Campaign.operations(options);
    History history =
        new History(
            start.revision().number(),
            start.token(),
            History.ALL,
            servers.sharesRevisions(),
            operations,
            commits,
            List.of(),
            List.of());
    var rules = Checker.check(history).violations().counts();
    List<Watched> watched = fleet.watched();
    List<Watched> past = watched.stream().filter(one -> isPast(one, commits)).toList();
    return new Result(
        operations.stream().filter(o -> o.isCommitted() && o.isWriter()).count(),
        rules,
        past.size(),
        (int) past.stream().filter(Fork::saidDiverged).count(),
        mirrors.size(),
        (int) mirrors.stream().filter(answer -> !answer.endsWith(" 0")).count(),
        writer);
  }

  /** Whether a watcher saw a position that the history has no more. */
  private static boolean isPast(Watched watched, List<Commit> commits) {
    var tokens = new HashMap<Long, Long>();
    commits.forEach(commit -> tokens.put(commit.revision(), commit.token()));
    for (Watched.Step step : watched.steps()) {
      Commit batch = step.batch();
      if (batch != null && !Objects.equals(batch.token(), tokens.get(batch.revision()))) {
        return true;
      }
    }
    return false;
  }

  private static boolean saidDiverged(Watched watched) {
    String end = null;
    for (Watched.Step step : watched.steps()) {
      end = step.end();
    }
    return end != null && end.contains("Diverged");
  }
}
