package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Key;

/**
 * Node aliases: entries whose parent is the server itself. They give every agent that has all their
 * selectors a further id, below which it finds entries.
 */
final class Aliases {
  private Aliases() {}

  /**
   * Under which selector an alias is found: one that an agent must have. Null if the entry is no
   * alias.
   *
   * <p>The longest value is taken: the more there is in it, the fewer agents share it.
   */
  static Key keyOf(RegistrationEntry entry) {
    if (!isAlias(entry)) {
      return null;
    }
    Selector longest = entry.getSelectors(0);
    for (Selector selector : entry.getSelectorsList()) {
      if (selector.getValue().length() > longest.getValue().length()) {
        longest = selector;
      }
    }
    return SpireTypes.selectorKey(longest);
  }

  private static boolean isAlias(RegistrationEntry entry) {
    String trustDomain = SpiffeId.trustDomainOf(entry.getSpiffeId());
    return trustDomain != null
        && entry.getSelectorsCount() > 0
        && entry.getParentId().equals(SpiffeId.ofServer(trustDomain));
  }
}
