package io.holdfast.migrate;

import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.spire.SpireTypes;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes the items of the data store out of the records of a legacy database, in their order; one
 * for each reading. The selectors of a node become an item of their own beside it.
 */
final class SpireItems implements Consumer<LegacyRecord> {
  private final Set<String> refusedBundles;
  private final Consumer<SpireItem<?>> items;
  private long selectorsNumber;
  private long linksCut;

  /**
   * Begins a reading.
   *
   * @param refusedBundles ids of bundles that the target cannot take; asked when an entry comes
   *     that federates with them
   * @param items takes each item at once
   */
  SpireItems(Set<String> refusedBundles, Consumer<SpireItem<?>> items) {
    this.refusedBundles = refusedBundles;
    this.items = items;
  }

  /** How many entries' links to bundles were left out because the target cannot take the bundle. */
  long linksCut() {
    return linksCut;
  }

  @Override
  public void accept(LegacyRecord record) {
    long row = record.rowId();
    if (record.message() instanceof Bundle bundle) {
      items.accept(new SpireItem<>(SpireTypes.BUNDLE, row, bundle));
    } else if (record.message() instanceof RegistrationEntry entry) {
      items.accept(new SpireItem<>(SpireTypes.ENTRY, row, withoutRefused(entry)));
    } else if (record.message() instanceof AttestedNode node) {
      acceptNode(row, node);
    } else if (record.message() instanceof NodeSelectors selectors) {
      items.accept(new SpireItem<>(SpireTypes.NODE_SELECTORS, ++selectorsNumber, selectors));
    } else if (record.message() instanceof JoinToken token) {
      items.accept(new SpireItem<>(SpireTypes.JOIN_TOKEN, row, token));
    } else if (record.message() instanceof FederationRelationship relationship) {
      items.accept(new SpireItem<>(SpireTypes.FEDERATION, row, relationship));
    } else if (record.message() instanceof CAJournal journal) {
      items.accept(new SpireItem<>(SpireTypes.CA_JOURNAL, row, journal));
    } else if (record.message() instanceof RegistrationEntryEvent event) {
      items.accept(new SpireItem<>(SpireTypes.ENTRY_EVENT, row, event));
    } else if (record.message() instanceof AttestedNodeEvent event) {
      items.accept(new SpireItem<>(SpireTypes.NODE_EVENT, row, event));
    } else {
      throw new IllegalStateException("no item type for records of " + record.table());
    }
  }

  private void acceptNode(long row, AttestedNode node) {
    AttestedNode alone = node.toBuilder().clearSelectors().build();
    items.accept(new SpireItem<>(SpireTypes.NODE, row, alone));
    if (node.getSelectorsCount() > 0) {
      NodeSelectors selectors =
          NodeSelectors.newBuilder()
              .setSpiffeId(node.getSpiffeId())
              .addAllSelectors(node.getSelectorsList())
              .build();
      items.accept(new SpireItem<>(SpireTypes.NODE_SELECTORS, ++selectorsNumber, selectors));
    }
  }

  private RegistrationEntry withoutRefused(RegistrationEntry entry) {
    List<String> kept =
        entry.getFederatesWithList().stream().filter(id -> !refusedBundles.contains(id)).toList();
    if (kept.size() == entry.getFederatesWithCount()) {
      return entry;
    }
    linksCut += entry.getFederatesWithCount() - kept.size();
    return entry.toBuilder().clearFederatesWith().addAllFederatesWith(kept).build();
  }
}
