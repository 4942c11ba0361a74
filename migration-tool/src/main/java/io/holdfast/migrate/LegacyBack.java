package io.holdfast.migrate;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes what a store holds at one commit into an empty database as SPIRE keeps it, and reads it
 * back. The store is loaded into memory for that, as a server loads it. To be run once.
 */
final class LegacyBack {
  /** The schema version that is written, and the oldest release that has it. */
  static final int SCHEMA_VERSION = 25;

  static final String CODE_VERSION = "1.15.0";
  private static final Duration LOAD = Duration.ofHours(1);

  private final LegacyMigration.Plan plan;
  private final Console console;
  private final Function<String, Store> stores;
  private final long started = System.nanoTime();

  private final LegacyOut out = new LegacyOut(Instant.now());
  private final Map<String, Long> bundleIds = new HashMap<>();
  private LegacyFill fill;

  /**
   * Prepares it.
   *
   * @param plan from a store to the URL of a database
   * @param stores opens the store of a URL
   */
  LegacyBack(LegacyMigration.Plan plan, Console console, Function<String, Store> stores) {
    this.plan = plan;
    this.console = console;
    this.stores = stores;
  }

  /** Does it; what a database cannot hold is left out and reported. */
  MigrationReport run() {
    try (Store store = stores.apply(plan.from());
        Datastore datastore =
            Datastore.builder(store).types(SpireTypes.all()).loadTimeout(LOAD).open()) {
      View view = datastore.at(Freshness.LINEARIZABLE);
      try (LegacyTarget target = LegacyTarget.open(plan.to(), plan.source())) {
        long records = SpireTypes.all().stream().mapToLong(type -> view.count(type.all())).sum();
        try (Progress progress = Progress.start(console, "export", records)) {
          fill = new LegacyFill(target, progress);
          write(view, target);
        } catch (SQLException e) {
          throw target.failure(e);
        }
      }
    }
    List<String> differences = readBack();
    if (!differences.isEmpty()) {
      LegacyTarget.disown(plan.to(), plan.source());
    }
    return report(differences);
  }

  private void write(View view, LegacyTarget target) throws SQLException {
    each(view, SpireTypes.BUNDLE, "bundles", out::bundle);
    fill.flush();
    each(
        view,
        SpireTypes.ENTRY,
        "registered_entries",
        (id, entry) -> out.entry(id, linked(entry), bundleIds));
    each(view, SpireTypes.NODE, "attested_node_entries", out::node);
    each(view, SpireTypes.NODE_SELECTORS, "", (id, node) -> out.nodeSelectors(node));
    each(view, SpireTypes.JOIN_TOKEN, "join_tokens", out::joinToken);
    each(view, SpireTypes.FEDERATION, "federated_trust_domains", out::federation);
    each(view, SpireTypes.CA_JOURNAL, "ca_journals", out::journal);
    entryEvents(view, target.dialect());
    nodeEvents(view, target.dialect());
    fill.flush();
    fill.finish(out);
  }

  /** Makes rows of a record. */
  @FunctionalInterface
  private interface Form<M> {
    LegacyOut.Rows of(long id, M message);
  }

  private <M extends MessageLite> void each(View view, ItemType<M> type, String table, Form<M> form)
      throws SQLException {
    for (Placed<M> placed : view.scan(type.all())) {
      long id = table.isEmpty() ? 0 : out.idOf(table, placed.order());
      try {
        LegacyOut.Rows rows = form.of(id, placed.message());
        fill.add(rows, () -> accepted(rows.item()));
      } catch (IllegalArgumentException e) {
        fill.refuse(new SpireItem<>(type, id, placed.message()), e.getMessage());
      }
    }
  }

  private void accepted(SpireItem<?> item) {
    if (item.message() instanceof Bundle bundle) {
      bundleIds.put(bundle.getTrustDomainId(), item.number());
    }
  }

  /** An entry that federates with what is there, in the order in which it is read. */
  private RegistrationEntry linked(RegistrationEntry entry) {
    List<String> domains =
        entry.getFederatesWithList().stream()
            .distinct()
            .filter(bundleIds::containsKey)
            .sorted(
                Comparator.comparing(
                    ByteString::copyFromUtf8, ByteString.unsignedLexicographicalComparator()))
            .toList();
    fill.cut(entry.getFederatesWithCount() - domains.size());
    return entry.toBuilder().clearFederatesWith().addAllFederatesWith(domains).build();
  }

  /** Events that have no number of their own are counted on from the one before. */
  private void entryEvents(View view, LegacyDialect dialect) throws SQLException {
    long number = 0;
    for (RegistrationEntryEvent event : view.list(SpireTypes.ENTRY_EVENT.all())) {
      number = event.getEventId() != 0 ? event.getEventId() : number + 1;
      out.skipTo("registered_entries_events", number);
      if (!event.getPruned()) {
        long millis = dialect.keptMillis(event.getCreatedAt());
        fill.add(out.entryEvent(number, event.toBuilder().setCreatedAt(millis).build()), () -> {});
      }
    }
  }

  private void nodeEvents(View view, LegacyDialect dialect) throws SQLException {
    long number = 0;
    for (AttestedNodeEvent event : view.list(SpireTypes.NODE_EVENT.all())) {
      number = event.getEventId() != 0 ? event.getEventId() : number + 1;
      out.skipTo("attested_node_entries_events", number);
      if (!event.getPruned()) {
        long millis = dialect.keptMillis(event.getCreatedAt());
        fill.add(out.nodeEvent(number, event.toBuilder().setCreatedAt(millis).build()), () -> {});
      }
    }
  }

  /** Reads the database as a migration from it would. */
  private List<String> readBack() {
    Map<ItemType<?>, RecordDigest> read = new HashMap<>();
    SpireTypes.all().forEach(type -> read.put(type, new RecordDigest()));
    try (LegacyDatabase database = LegacyDatabase.open(plan.to(), plan.source());
        Progress progress = Progress.start(console, "check", fill.records())) {
      SpireItems items =
          new SpireItems(
              Set.of(),
              item -> {
                boolean numbered = item.type() != SpireTypes.NODE_SELECTORS;
                read.get(item.type())
                    .add(numbered ? item.number() : 0, item.message().toByteArray());
                progress.step();
              });
      database.read(items);
    }
    List<String> differences = new ArrayList<>();
    for (ItemType<?> type : SpireTypes.all()) {
      RecordDigest written = fill.written(type);
      if (!written.digest().equals(read.get(type).digest())) {
        differences.add(
            type
                + ": %,d were written and %,d are read; they are not the same"
                    .formatted(written.count(), read.get(type).count()));
      }
    }
    return differences;
  }

  private MigrationReport report(List<String> differences) {
    List<MigrationReport.Kind> kinds = new ArrayList<>();
    for (ItemType<?> type : SpireTypes.all()) {
      RecordDigest written = fill.written(type);
      kinds.add(
          new MigrationReport.Kind(
              type.name(),
              written.count() + fill.refused(type),
              written.count(),
              written.digest()));
    }
    return new MigrationReport(
        plan.from(),
        SCHEMA_VERSION,
        CODE_VERSION,
        plan.to(),
        kinds,
        fill.tables(),
        fill.skips(),
        differences,
        Duration.ofNanos(System.nanoTime() - started));
  }
}
