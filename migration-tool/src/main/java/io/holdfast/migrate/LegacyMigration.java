package io.holdfast.migrate;

import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Limits;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Copies a legacy database into a store: reads, imports, verifies. To be run once.
 *
 * <p>From the first write until the copy is verified the store is marked as incomplete, so that
 * nobody uses half of it. Memory does not grow with the database.
 */
final class LegacyMigration {
  /**
   * What to do.
   *
   * @param from the source's URL
   * @param to the target's URL; may be empty for a dry run
   * @param dryRun whether to read only
   * @param startOver whether to delete first what an unfinished run has left in the target
   * @param source how to open the source
   */
  record Plan(String from, String to, boolean dryRun, boolean startOver, SourceOptions source) {}

  private final Plan plan;
  private final Console console;
  private final Function<String, Store> stores;
  private final Runnable step;
  private final long started = System.nanoTime();

  private final Map<ItemType<?>, Long> counts = new HashMap<>();
  private final Refusals refusals = new Refusals();

  /**
   * A migration that has not begun.
   *
   * @param stores opens the store of a URL
   */
  LegacyMigration(Plan plan, Console console, Function<String, Store> stores) {
    this(plan, console, stores, () -> {});
  }

  /**
   * A migration that has not begun, and that ends when it is told to.
   *
   * @param step is called for each record; what it throws ends the migration, which can be gone on
   *     with
   */
  LegacyMigration(Plan plan, Console console, Function<String, Store> stores, Runnable step) {
    this.plan = plan;
    this.console = console;
    this.stores = stores;
    this.step = step;
  }

  /**
   * Does it.
   *
   * @return what was done; if it has differences, the target stays marked as incomplete
   */
  MigrationReport run() {
    try (LegacyDatabase source = LegacyDatabase.open(plan.from(), plan.source())) {
      return copy(source);
    }
  }

  /**
   * Only reads, and tells what would not fit in the target.
   *
   * @param target null for none
   */
  MigrationReport dryRun(DryTarget target) {
    try (LegacyDatabase source = LegacyDatabase.open(plan.from(), plan.source())) {
      if (target != null) {
        SameDatabase.refuse(plan.from(), plan.to(), plan.to());
      }
      Optional<Limits> limits = Optional.ofNullable(target).map(DryTarget::limits);
      Imported read =
          importAll(source, "read", item -> limits.ifPresent(known -> item.requireFits(known)));
      return report(source, read, null, List.of());
    }
  }

  private MigrationReport copy(LegacyDatabase source) {
    SameDatabase.refuse(plan.from(), plan.to(), plan.to());
    try (Store target = stores.apply(plan.to())) {
      return copy(source, target);
    }
  }

  /** Does it with a source and a target that are open, and stay the caller's. */
  MigrationReport copy(LegacyDatabase source, Store target) {
    Importer load = begin(source, target);
    try {
      return copy(source, target, load);
    } catch (StoreException | DatastoreException | MigrationException e) {
      throw IncompleteTargetException.ofStore(plan.to(), e);
    }
  }

  private MigrationReport copy(LegacyDatabase source, Store target, Importer load) {
    if (load.resumedAfter() > 0) {
      console.note(
          "holdfast: going on after %,d records that an earlier run has copied"
              .formatted(load.resumedAfter()));
    }
    Imported imported = importAll(source, "import", item -> item.addTo(load));
    load.flush();
    Verification.Result verified = verify(source, target);
    List<String> differences = verified.same() ? List.of() : differences(source, target);
    if (verified.same()) {
      load.finish();
    }
    return report(source, imported, verified, differences);
  }

  private Importer begin(LegacyDatabase source, Store target) {
    if (plan.startOver()) {
      clear(target);
    }
    String state = source.fingerprint();
    try {
      return Importer.resume(target, state).orElseGet(() -> Importer.begin(target, state));
    } catch (DatastoreException e) {
      throw new MigrationException(
          MigrationException.Kind.TARGET_NOT_EMPTY,
          plan.to() + " already holds data, which were not changed: name an empty or a new store",
          e);
    } catch (StoreException.Unusable e) {
      if (e.reason() != Reason.INCOMPLETE) {
        throw e;
      }
      throw new StoreException.Unusable(
          Reason.INCOMPLETE,
          plan.to()
              + " holds what a run did not finish that read another source, or this one before it"
              + " was written to: run again with --start-over, which deletes that first",
          e);
    }
  }

  /** Empties an incomplete target; any other one is none of its business. */
  private static void clear(Store target) {
    try {
      Importer.clearIncomplete(target);
    } catch (DatastoreException e) {
      if (e.code() != DatastoreException.Code.FAILED_PRECONDITION) {
        throw e;
      }
    }
  }

  /** What was read, and what of it the target refused. */
  private record Imported(LegacyReport rows, List<MigrationReport.Skip> refused) {}

  /** Reads the source for the first time; a target that refuses an item is asked no more for it. */
  private Imported importAll(LegacyDatabase source, String task, Consumer<SpireItem<?>> target) {
    SpireItems items =
        new SpireItems(
            refusals.bundles(),
            item -> {
              counts.merge(item.type(), 1L, Long::sum);
              try {
                target.accept(item);
              } catch (StoreException.LimitExceeded e) {
                refusals.add(item, e.getMessage());
              }
            });
    LegacyReport rows = read(source, task, items);
    return new Imported(rows, refusals.skips(items.linksCut()));
  }

  /** Reads the source again, in the same transaction, and then the target. */
  private Verification.Result verify(LegacyDatabase source, Store target) {
    Verification verification = new Verification();
    readAgain(source, "verify", verification::add);
    try (Progress progress = Progress.start(console, "check", stored())) {
      return verification.compareWith(
          target,
          () -> {
            step.run();
            progress.step();
          });
    }
  }

  private List<String> differences(LegacyDatabase source, Store target) {
    try (Differences differences = new Differences(target)) {
      readAgain(source, "compare", differences::compare);
      return differences.finish();
    }
  }

  private void readAgain(LegacyDatabase source, String task, Consumer<SpireItem<?>> items) {
    read(
        source,
        task,
        new SpireItems(
            refusals.bundles(),
            item -> {
              if (!refusals.contains(item)) {
                items.accept(item);
              }
            }));
  }

  private long stored() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private LegacyReport read(LegacyDatabase source, String task, SpireItems items) {
    try (Progress progress = Progress.start(console, task, sizeOf(source))) {
      return source.read(
          record -> {
            step.run();
            items.accept(record);
            progress.step();
          });
    }
  }

  /** About how many records there are: the rows of the tables that have one for each. */
  static long sizeOf(LegacyDatabase source) {
    Map<LegacyTable, Long> rows = source.countRows();
    return Set.of(
            LegacyTable.BUNDLES,
            LegacyTable.ENTRIES,
            LegacyTable.NODES,
            LegacyTable.JOIN_TOKENS,
            LegacyTable.FEDERATION,
            LegacyTable.CA_JOURNALS,
            LegacyTable.ENTRY_EVENTS,
            LegacyTable.NODE_EVENTS)
        .stream()
        .mapToLong(rows::get)
        .sum();
  }

  /** Puts the report together; {@code verified} is null for a dry run. */
  private MigrationReport report(
      LegacyDatabase source,
      Imported imported,
      Verification.Result verified,
      List<String> differences) {
    List<MigrationReport.Kind> kinds = new ArrayList<>();
    for (ItemType<?> type : SpireTypes.all()) {
      Verification.Stored stored =
          verified == null ? new Verification.Stored(0, "") : verified.stored().get(type);
      kinds.add(
          new MigrationReport.Kind(
              type.name(), counts.getOrDefault(type, 0L), stored.count(), stored.digest()));
    }
    List<MigrationReport.Skip> skips = new ArrayList<>(MigrationReport.skips(imported.rows()));
    skips.addAll(imported.refused());
    return new MigrationReport(
        plan.from(),
        source.schemaVersion(),
        source.codeVersion(),
        plan.dryRun() ? "" : plan.to(),
        kinds,
        MigrationReport.tables(imported.rows()),
        skips,
        differences,
        Duration.ofNanos(System.nanoTime() - started));
  }
}
