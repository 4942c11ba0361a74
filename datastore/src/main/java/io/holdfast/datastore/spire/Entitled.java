package io.holdfast.datastore.spire;

import io.holdfast.datastore.Memo;
import io.holdfast.datastore.Reads;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What an attested agent is entitled to, while it is unexpired and from then on.
 *
 * @param notAfter the end of its certificate's life, in unix seconds
 * @param before until then: with what its aliases give
 * @param after from then on
 */
record Entitled(long notAfter, List<RegistrationEntry> before, List<RegistrationEntry> after) {
  /** For the server of a trust domain. */
  static Memo<AttestedNode, Entitled> memo(String trustDomain) {
    return Memo.of(SpireTypes.NODE, (reads, node) -> of(node, trustDomain, reads));
  }

  private static Entitled of(AttestedNode node, String trustDomain, Reads reads) {
    String id = node.getSpiffeId();
    List<RegistrationEntry> own = new Descent(reads, trustDomain).below(List.of(id));
    Set<String> aliases = new LinkedHashSet<>(List.of(id));
    reads
        .get(SpireTypes.NODE_SELECTORS, id)
        .ifPresent(found -> addAliases(found, SpiffeId.ofServer(trustDomain), reads, aliases));
    boolean same = aliases.size() == 1;
    return new Entitled(
        node.getCertNotAfter(), same ? own : new Descent(reads, trustDomain).below(aliases), own);
  }

  private static void addAliases(
      NodeSelectors node, String serverId, Reads reads, Set<String> aliases) {
    Set<Selector> selectors = new HashSet<>(node.getSelectorsList());
    for (Selector selector : selectors) {
      reads.forEach(
          SpireTypes.ENTRY.by(SpireTypes.ENTRY_ALIAS, SpireTypes.selectorKey(selector)),
          alias -> {
            if (alias.getParentId().equals(serverId)
                && selectors.containsAll(alias.getSelectorsList())) {
              aliases.add(alias.getSpiffeId());
            }
          });
    }
  }

  List<RegistrationEntry> at(Instant now) {
    return EpochSeconds.instant(notAfter).isAfter(now) ? before : after;
  }
}
