package io.holdfast.migrate;

import io.holdfast.store.KeyRange;
import io.holdfast.store.Limits;
import io.holdfast.store.Store;

/** The target of a dry run, of which only the limits are wanted. */
final class DryTarget {
  private final String url;
  private final Stores stores;

  DryTarget(String url, Stores stores) {
    this.url = url;
    this.stores = stores;
  }

  /**
   * Asks for the limits; a store that is not there yet is not created for it.
   *
   * @throws MigrationException if the target could not be loaded into
   */
  Limits limits() {
    return stores.limitsIfNew(url).orElseGet(this::limitsOfTarget);
  }

  private Limits limitsOfTarget() {
    try (Store target = stores.open(url)) {
      if (!target.get(KeyRange.all(), 1).entries().isEmpty()) {
        throw new MigrationException(
            MigrationException.Kind.TARGET_NOT_EMPTY,
            url + " holds data already: name an empty or a new store");
      }
      return target.limits();
    }
  }
}
