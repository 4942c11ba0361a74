package io.holdfast.datastore.spire;

import io.holdfast.datastore.Reads;
import io.holdfast.datastore.proto.RegistrationEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Goes down from parents to the entries below them, and on from the ids of these. */
final class Descent {
  private final Reads reads;
  private final String trustDomain;
  private final String serverId;
  private final List<RegistrationEntry> found = new ArrayList<>();
  private final Set<String> parents = new HashSet<>();
  private final Deque<String> waiting = new ArrayDeque<>();

  /** Through the entries of a server's own trust domain. */
  Descent(Reads reads, String trustDomain) {
    this.reads = reads;
    this.trustDomain = trustDomain;
    this.serverId = SpiffeId.ofServer(trustDomain);
  }

  /** All entries below these ids, each once, the nearest first. */
  List<RegistrationEntry> below(Collection<String> ids) {
    ids.forEach(this::expand);
    while (!waiting.isEmpty()) {
      reads.forEach(SpireTypes.ENTRY.by(SpireTypes.ENTRY_PARENT, waiting.remove()), this::find);
    }
    return List.copyOf(found);
  }

  private void find(RegistrationEntry entry) {
    if (SpiffeId.isMember(entry.getSpiffeId(), trustDomain)) {
      found.add(entry);
      expand(entry.getSpiffeId());
    }
  }

  /** Has the children of an id searched for, once. */
  private void expand(String id) {
    // What is below the server itself are the aliases, which nobody gets.
    if (!id.equals(serverId) && parents.add(id)) {
      waiting.add(id);
    }
  }
}
