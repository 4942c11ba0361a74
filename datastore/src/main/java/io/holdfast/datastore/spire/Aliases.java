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

  /**
   * The parent of an entry that a join token left with the agent it was used by, and that is
   * deleted with the agent. Null if the entry is none.
   */
  static String joinTokenParentOf(RegistrationEntry entry) {
    boolean isOne =
        entry.getSelectorsCount() == 1
            && entry.getSelectors(0).getType().equals("spiffe_id")
            && entry.getSelectors(0).getValue().equals(entry.getParentId());
    return isOne ? entry.getParentId() : null;
  }

  private static boolean isAlias(RegistrationEntry entry) {
    String trustDomain = SpiffeId.trustDomainOf(entry.getSpiffeId());
    return trustDomain != null
        && entry.getSelectorsCount() > 0
        && entry.getParentId().equals(SpiffeId.ofServer(trustDomain));
  }
}
