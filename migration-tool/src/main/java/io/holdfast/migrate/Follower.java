package io.holdfast.migrate;

import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Replica;
import io.holdfast.datastore.ReplicaHeldException;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.migrate.MigrationException.Kind;
import io.holdfast.store.Backoff;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Keeps a store in step with a live SPIRE database: copies it if the store is empty, then brings
 * what events tell of, and now and then compares everything. To be run once.
 *
 * <p>A round reads one state of the source: its new events, and what they tell of as it is then. So
 * after a round the store shows that state, but for what no event told, and a comparison in the
 * same round has no false alarms. Nothing of a round has to be remembered: a run that begins, or
 * has lost its source for a while, compares everything, and knows from the event tables which ids
 * are missing.
 */
final class Follower {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final double JITTER = 0.1;
  private static final Set<Kind> PASSING =
      Set.of(Kind.SOURCE_UNAVAILABLE, Kind.SOURCE_LOCKED, Kind.SOURCE_CHANGED);

  private final FollowPlan plan;
  private final Console console;
  private final FollowReports reports;
  private final Function<String, Store> stores;
  private final Stop stop;

  /** Since the beginning: who sets the system's clock back would put off the next comparison. */
  private final InstantSource clock = sinceNow();

  private EventTail entries;
  private EventTail nodes;
  private LegacyDatabase source; // null while it cannot be reached
  private boolean wasCompared; // since the source was opened, or has gone back
  private boolean hasBegun;
  private Instant shown = Instant.EPOCH; // when the state began that the store shows
  private Instant nextComparison = Instant.EPOCH;
  private Instant nextReport = Instant.EPOCH;
  private boolean inStep;
  private long size;
  private long events;
  private long missed;
  private long brought;

  /**
   * Prepares it.
   *
   * @param stores opens the store of a URL
   */
  Follower(
      FollowPlan plan,
      Console console,
      FollowReports reports,
      Function<String, Store> stores,
      Stop stop) {
    this.plan = plan;
    this.console = console;
    this.reports = reports;
    this.stores = stores;
    this.stop = stop;
    this.entries = tail(LegacyTable.ENTRY_EVENTS);
    this.nodes = tail(LegacyTable.NODE_EVENTS);
  }

  private static InstantSource sinceNow() {
    long begin = System.nanoTime();
    return () -> Instant.EPOCH.plusNanos(System.nanoTime() - begin);
  }

  private EventTail tail(LegacyTable table) {
    return new EventTail(table, plan.eventTimeout(), clock);
  }

  /** Does it until it is told to stop, or in step if that is all that is wanted. */
  void run() {
    try {
      source = LegacyDatabase.open(plan.from(), plan.source());
      reports.begin(source.name(), source.schemaVersion(), source.lookup().hasEvents());
      requireAnotherPlace();
      try (Store store = stores.apply(plan.to())) {
        requireSameSource(store);
        requireOnlyCopies(store);
        follow(store);
      }
      reports.end(
          isDone() ? "in step" : "told to end",
          Map.of("events", events, "missedByEvents", missed, "brought", brought));
    } catch (ReplicaHeldException e) {
      throw new MigrationException(
          Kind.FOLLOWED_ELSEWHERE,
          plan.to() + ": " + e.getMessage() + "; stop the other one, or add --take-over",
          e);
    } finally {
      closeSource();
    }
  }

  private void requireAnotherPlace() {
    SameDatabase.refuse(plan.from(), plan.to(), plan.to());
  }

  private void requireSameSource(Store store) {
    String followed = Replica.sourceOf(store).orElse(source.name());
    if (!plan.takeOver() && !followed.equals(source.name())) {
      throw new MigrationException(
          Kind.FOLLOWS_ANOTHER,
          plan.to()
              + " is kept in step with "
              + followed
              + ", not with "
              + source.name()
              + "; if that is the same database under another name, add --take-over");
    }
  }

  /** What was created in a store, and not copied, would be deleted. */
  private void requireOnlyCopies(Store store) {
    if (Replica.sourceOf(store).isPresent()) {
      return;
    }
    for (ItemType<?> type : SpireTypes.all()) {
      // What cannot be read may have been a copy, and is told of by the comparison.
      for (StoredItem<?> item : StoredItems.of(store, type).byId(unreadable -> {})) {
        if (item.order().era() != 0) {
          throw new MigrationException(
              Kind.TARGET_NOT_EMPTY,
              plan.to()
                  + " holds records that were created in it, which would be deleted:"
                  + " name an empty or a new store");
        }
      }
    }
  }

  private void follow(Store store) {
    Backoff backoff = Backoff.between(FIRST_PAUSE, LONGEST_PAUSE);
    try (Replica replica = Replica.hold(store, source.name(), plan.lease(), plan.takeOver())) {
      ReplicaItems items = new ReplicaItems(replica, store.limits());
      while (!stop.isAsked() && !isDone()) {
        try {
          round(store, items);
          backoff.reset();
          stop.await(isDone() ? Duration.ZERO : plan.poll());
        } catch (Stop.Asked e) {
          items.forget();
        } catch (RuntimeException e) {
          if (!isPassing(e)) {
            throw e;
          }
          items.forget();
          closeSource();
          Duration pause = backoff.next();
          reports.retry(e, pause);
          report(items);
          stop.await(pause);
        }
      }
    }
  }

  private boolean isDone() {
    return inStep && plan.untilInStep();
  }

  private static boolean isPassing(RuntimeException failure) {
    if (failure instanceof IncompleteTargetException incomplete) {
      return incomplete.getCause() instanceof RuntimeException cause && isPassing(cause);
    }
    return failure instanceof MigrationException migration
        ? PASSING.contains(migration.kind())
        : failure instanceof StoreException.Unavailable
            || failure instanceof StoreException.Timeout
            || failure instanceof StoreException.Conflict
            || failure instanceof StoreException.Diverged
            || failure instanceof StoreException.UnknownOutcome;
  }

  private void closeSource() {
    if (source != null) {
      try {
        source.close();
      } catch (MigrationException e) {
        console.note("holdfast: " + e.getMessage());
      }
      source = null;
      wasCompared = false;
    }
  }

  private void round(Store store, ReplicaItems items) {
    Instant began = clock.instant();
    if (source == null) {
      source = LegacyDatabase.open(plan.from(), plan.source());
    } else {
      source.renew();
    }
    if (!hasBegun) {
      importAll(store);
    }
    followEvents(source.lookup(), items);
    items.flush(); // also without events, to be told if the store has lost something
    if (!wasCompared || !began.isBefore(nextComparison)) {
      compare(store, items);
      boolean soon = plan.untilInStep() && !inStep;
      nextComparison = soon ? began : clock.instant().plus(jittered(plan.compareEvery()));
    }
    wasCompared = true;
    hasBegun = true;
    shown = began;
    report(items);
  }

  private void followEvents(LegacyLookup lookup, ReplicaItems items) {
    if (!lookup.hasEvents()) {
      return;
    }
    if (hasBegun) {
      wasCompared &= !entries.isAheadOf(lookup) && !nodes.isAheadOf(lookup);
      events += entries.follow(lookup, items, stop);
      events += nodes.follow(lookup, items, stop);
    }
    if (!wasCompared) {
      // A standby or a backup may be in its place by now, whose events have ids that were seen.
      entries = tail(LegacyTable.ENTRY_EVENTS);
      nodes = tail(LegacyTable.NODE_EVENTS);
      entries.begin(lookup);
      nodes.begin(lookup);
    }
  }

  private void report(ReplicaItems items) {
    Instant now = clock.instant();
    if (hasBegun && !now.isBefore(nextReport)) {
      nextReport = now.plus(plan.reportEvery());
      reports.lag(
          new FollowReports.Lag(
              entries.gaps(), nodes.gaps(), Duration.between(shown, now), events, items.changed()));
    }
  }

  private static Duration jittered(Duration interval) {
    double factor = 1 + JITTER * (2 * ThreadLocalRandom.current().nextDouble() - 1);
    return Duration.ofNanos((long) (interval.toNanos() * factor));
  }

  /** Copies everything into an empty store; goes on where an earlier run was cut off. */
  private void importAll(Store store) {
    try {
      reports.imported(imported(store));
    } catch (MigrationException e) {
      if (e.kind() != Kind.TARGET_NOT_EMPTY) {
        throw e;
      }
      console.note("holdfast: going on from what " + plan.to() + " holds");
    }
  }

  private MigrationReport imported(Store store) {
    MigrationReport report;
    try {
      report = copy(store, false);
      if (report.differences().isEmpty()) {
        return report;
      }
      // What an earlier run has copied may have changed in its place, which no fingerprint tells.
      console.note("holdfast: the copy is not what the source holds by now; copying it anew");
    } catch (StoreException.Unusable e) {
      if (e.reason() != Reason.INCOMPLETE) {
        throw e;
      }
    }
    report = copy(store, true); // the source has changed since
    if (!report.differences().isEmpty()) {
      throw new MigrationException(
          Kind.VERIFY_FAILED,
          plan.to() + " did not take what was copied: " + report.differences().get(0));
    }
    return report;
  }

  private MigrationReport copy(Store store, boolean startOver) {
    var copying = new LegacyMigration.Plan(plan.from(), plan.to(), false, startOver, plan.source());
    return new LegacyMigration(copying, console, stores, stop::check).copy(source, store);
  }

  private void compare(Store store, ReplicaItems items) {
    if (size == 0) {
      size = LegacyMigration.sizeOf(source);
    }
    Instant began = clock.instant();
    FoundDifferences found = new FoundDifferences();
    items.readAnew();
    try (Progress progress = Progress.start(console, "compare", 2 * size)) {
      FullComparison comparison =
          new FullComparison(
              source,
              store,
              items,
              found,
              () -> {
                stop.check();
                progress.step();
              });
      comparison.read();
      comparison.repair();
      size = comparison.records();
    }
    missed += found.missed;
    brought += found.brought;
    var compared =
        new FollowReports.Compared(
            size,
            found.missed,
            found.brought,
            items.leftOut(),
            Duration.between(began, clock.instant()));
    inStep = compared.isInStep();
    reports.compared(compared);
  }

  /** Counts differences, and tells of all but those that come by the thousand: pruned events. */
  private final class FoundDifferences implements Consumer<Difference> {
    private long missed;
    private long brought;

    @Override
    public void accept(Difference difference) {
      if (difference.wasMissed()) {
        missed++;
      } else {
        brought++;
      }
      if (!difference.isPrunedEvent()) {
        reports.difference(difference);
      }
    }
  }
}
