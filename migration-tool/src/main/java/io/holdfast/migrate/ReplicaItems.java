package io.holdfast.migrate;

import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Replica;
import io.holdfast.store.Key;
import io.holdfast.store.Limits;
import io.holdfast.store.StoreException;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** What a replica gets of a legacy database: all that it can take. */
final class ReplicaItems {
  private final Replica replica;
  private final Limits limits;
  private Refusals refusals = new Refusals();
  private long changed;

  ReplicaItems(Replica replica, Limits limits) {
    this.replica = replica;
    this.limits = limits;
  }

  /** Makes items of records, for one reading; what the replica cannot take is left out. */
  SpireItems of(Consumer<SpireItem<?>> items) {
    return new SpireItems(
        refusals.bundles(),
        item -> {
          try {
            item.requireFits(limits);
          } catch (StoreException.LimitExceeded e) {
            if (!refusals.contains(item)) {
              refusals.add(item, e.getMessage());
            }
            return;
          }
          items.accept(item);
        });
  }

  /** Forgets what was left out, since everything is read now. */
  void readAnew() {
    refusals = new Refusals();
  }

  /** What was left out since everything was read. */
  List<MigrationReport.Skip> leftOut() {
    return refusals.skips(0);
  }

  void put(SpireItem<?> item) {
    item.putInto(replica);
  }

  /** As {@link #put}, where an item has these rows in indexes, which may be wrong. */
  void mend(SpireItem<?> item, Set<Key> rows) {
    item.mendIn(replica, rows);
  }

  /** As {@link #delete}, where an id has these rows in indexes. */
  void delete(ItemType<?> type, String id, Set<Key> rows) {
    replica.mend(type, id, 0, null, rows);
  }

  void delete(ItemType<?> type, String id) {
    replica.delete(type, id);
  }

  int waiting() {
    return replica.waiting();
  }

  void flush() {
    changed += replica.flush();
  }

  void forget() {
    replica.forget();
  }

  /** How many records were changed in the store so far. */
  long changed() {
    return changed;
  }
}
