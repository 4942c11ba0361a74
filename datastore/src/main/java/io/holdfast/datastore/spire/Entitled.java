package io.holdfast.datastore.spire;

import io.holdfast.datastore.Memo;
import io.holdfast.datastore.Reads;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.time.Instant;
import java.util.AbstractList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What an attested agent is entitled to while it has aliases: until the end of its certificate's
 * life, when it changes. As a list it is what it is until then.
 *
 * <p>An agent without aliases is entitled to a plain list, at any time. That is what most agents
 * have, and one fetch from memory less than a list inside of something.
 */
final class Entitled extends AbstractList<RegistrationEntry> {
  private final long notAfter; // in unix seconds
  private final List<RegistrationEntry> before;
  private final List<RegistrationEntry> after;

  private Entitled(long notAfter, List<RegistrationEntry> before, List<RegistrationEntry> after) {
    this.notAfter = notAfter;
    this.before = before;
    this.after = after;
  }

  /** For the server of a trust domain; {@link #at} tells what it says at a time. */
  static Memo<AttestedNode, List<RegistrationEntry>> memo(String trustDomain) {
    return Memo.of(SpireTypes.NODE, (reads, node) -> of(node, trustDomain, reads));
  }

  private static List<RegistrationEntry> of(AttestedNode node, String trustDomain, Reads reads) {
    String id = node.getSpiffeId();
    List<RegistrationEntry> own = new Descent(reads, trustDomain).below(List.of(id));
    Set<String> aliases = new LinkedHashSet<>(List.of(id));
    reads
        .get(SpireTypes.NODE_SELECTORS, id)
        .ifPresent(found -> addAliases(found, SpiffeId.ofServer(trustDomain), reads, aliases));
    return aliases.size() == 1
        ? own
        : new Entitled(node.getCertNotAfter(), new Descent(reads, trustDomain).below(aliases), own);
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

  /** What the memo's value says at a time. */
  static List<RegistrationEntry> at(Instant now, List<RegistrationEntry> kept) {
    if (kept instanceof Entitled both) {
      return EpochSeconds.instant(both.notAfter).isAfter(now) ? both.before : both.after;
    }
    return kept;
  }

  @Override
  public RegistrationEntry get(int index) {
    return before.get(index);
  }

  @Override
  public int size() {
    return before.size();
  }
}
