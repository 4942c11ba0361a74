package io.holdfast.migrate;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Writes what a store holds at one commit into an empty database as SPIRE keeps it, and reads it
 * back before servers may start on it. Memory does not grow with the store. To be run once.
 */
final class LegacyBack {
  /** The schema version that is written, and the oldest release that has it. */
  static final int SCHEMA_VERSION = 25;

  static final String CODE_VERSION = "1.15.0";

  private final LegacyMigration.Plan plan;
  private final Console console;
  private final Function<String, Store> stores;
  private final long started = System.nanoTime();

  private final LegacyOut out;
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
    this.out =
        new LegacyOut(Instant.now(), LegacyTarget.dialectOf(plan.to()), plan.source().zone());
  }

  /** Does it; what a database cannot hold is left out and reported. */
  MigrationReport run() {
    String mark = copy();
    try {
      List<String> differences = readBack(mark);
      if (differences.isEmpty()) {
        LegacyTarget.accept(plan.to(), plan.source(), mark);
      }
      return report(differences);
    } catch (MigrationException e) {
      throw IncompleteTargetException.ofDatabase(plan.to(), e);
    }
  }

  /** Copies everything; the mark that stands in the database then. */
  private String copy() {
    SameDatabase.refuse(plan.to(), plan.from(), plan.to());
    try (Store store = stores.apply(plan.from())) {
      Importer.requireFinished(store);
      Position head = store.status().head();
      try (LegacyTarget target = LegacyTarget.open(plan.to(), plan.source(), plan.startOver())) {
        copy(store, head, target);
        return target.mark();
      }
    }
  }

  private void copy(Store store, Position head, LegacyTarget target) {
    long records =
        SpireTypes.all().stream().mapToLong(type -> StoredItems.of(store, type).count()).sum();
    try (Progress progress = Progress.start(console, "export", records)) {
      fill = new LegacyFill(target, progress);
      write(store);
      if (!store.status().head().equals(head)) {
        throw new MigrationException(
            MigrationException.Kind.SOURCE_CHANGED,
            plan.from() + " was written to while it was read; stop whoever uses it");
      }
      fill.finish(out);
    } catch (SQLException e) {
      throw IncompleteTargetException.ofDatabase(plan.to(), target.failure(e));
    } catch (StoreException | DatastoreException | MigrationException e) {
      throw IncompleteTargetException.ofDatabase(plan.to(), e);
    }
  }

  private void write(Store store) throws SQLException {
    each(store, SpireTypes.BUNDLE, numbered("bundles", out::bundle));
    fill.flush(); // Entries refer to those that were accepted.
    each(
        store,
        SpireTypes.ENTRY,
        numbered("registered_entries", (id, entry) -> out.entry(id, asRows(entry), bundleIds)));
    each(store, SpireTypes.NODE, numbered("attested_node_entries", out::node));
    each(
        store,
        SpireTypes.NODE_SELECTORS,
        (order, node) -> node.getSelectorsCount() == 0 ? null : out.nodeSelectors(once(node)));
    each(store, SpireTypes.JOIN_TOKEN, numbered("join_tokens", out::joinToken));
    each(store, SpireTypes.FEDERATION, numbered("federated_trust_domains", out::federation));
    each(store, SpireTypes.CA_JOURNAL, numbered("ca_journals", out::journal));
    each(store, SpireTypes.ENTRY_EVENT, entryEvents());
    each(store, SpireTypes.NODE_EVENT, nodeEvents());
  }

  /** Makes rows of a record at a place; null if it has none. */
  @FunctionalInterface
  private interface Form<M> {
    LegacyOut.Rows of(CreationOrder order, M message);
  }

  /** Makes rows of a record with an id. */
  @FunctionalInterface
  private interface NumberedForm<M> {
    LegacyOut.Rows of(long id, M message);
  }

  private <M> Form<M> numbered(String table, NumberedForm<M> form) {
    return (order, message) -> form.of(out.idOf(table, order), message);
  }

  private <M extends MessageLite> void each(Store store, ItemType<M> type, Form<M> form)
      throws SQLException {
    try (Stream<StoredItem<M>> items = StoredItems.of(store, type).inCreationOrder()) {
      for (Iterator<StoredItem<M>> rest = items.iterator(); rest.hasNext(); ) {
        add(type, rest.next(), form);
      }
    }
  }

  private <M extends MessageLite> void add(ItemType<M> type, StoredItem<M> item, Form<M> form)
      throws SQLException {
    try {
      LegacyOut.Rows rows = form.of(item.order(), item.message());
      if (rows != null) {
        fill.add(rows, () -> accepted(rows.item()));
      }
    } catch (IllegalArgumentException e) {
      fill.refuse(new SpireItem<>(type, item.order().revision(), item.message()), e.getMessage());
    }
  }

  private void accepted(SpireItem<?> item) {
    if (item.message() instanceof Bundle bundle) {
      bundleIds.put(bundle.getTrustDomainId(), item.number());
    }
  }

  private NodeSelectors once(NodeSelectors node) {
    return node.toBuilder()
        .clearSelectors()
        .addAllSelectors(fill.once(LegacyTable.NODE_SELECTORS.sqlName(), node.getSelectorsList()))
        .build();
  }

  /** An entry that federates with what is there, as it is read from its rows. */
  private RegistrationEntry asRows(RegistrationEntry entry) {
    List<String> domains =
        entry.getFederatesWithList().stream()
            .distinct()
            .filter(bundleIds::containsKey)
            .sorted(
                Comparator.comparing(
                    ByteString::copyFromUtf8, ByteString.unsignedLexicographicalComparator()))
            .toList();
    fill.cut(entry.getFederatesWithCount() - domains.size());
    return entry.toBuilder()
        .clearFederatesWith()
        .addAllFederatesWith(domains)
        .clearSelectors()
        .addAllSelectors(fill.once(LegacyTable.SELECTORS.sqlName(), entry.getSelectorsList()))
        .clearDnsNames()
        .addAllDnsNames(fill.once(LegacyTable.DNS_NAMES.sqlName(), entry.getDnsNamesList()))
        .build();
  }

  private Form<RegistrationEntryEvent> entryEvents() {
    return (order, event) -> {
      long number = out.idOf("registered_entries_events", event.getEventId());
      return event.getPruned() ? null : out.entryEvent(number, event);
    };
  }

  private Form<AttestedNodeEvent> nodeEvents() {
    return (order, event) -> {
      long number = out.idOf("attested_node_entries_events", event.getEventId());
      return event.getPruned() ? null : out.nodeEvent(number, event);
    };
  }

  /** Reads the database as a migration from it would. */
  private List<String> readBack(String mark) {
    Map<ItemType<?>, RecordDigest> read = new HashMap<>();
    SpireTypes.all().forEach(type -> read.put(type, new RecordDigest()));
    try (LegacyDatabase database = LegacyDatabase.open(plan.to(), plan.source(), mark);
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
