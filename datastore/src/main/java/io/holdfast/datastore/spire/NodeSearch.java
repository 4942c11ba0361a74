package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.NODE;
import static io.holdfast.datastore.spire.SpireTypes.NODE_ATTESTATION_TYPE;
import static io.holdfast.datastore.spire.SpireTypes.NODE_SELECTOR;
import static io.holdfast.datastore.spire.SpireTypes.NODE_SELECTORS;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Key;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds the attested nodes that meet a filter, in creation order. */
final class NodeSearch {
  /** In the order of lists: where a store combined commits, the bytes of the ids decide. */
  private static final Comparator<Placed<AttestedNode>> IN_ORDER =
      Comparator.comparing((Placed<AttestedNode> node) -> node.order())
          .thenComparing(node -> Key.of(node.message().getSpiffeId()));

  private final View view;
  private final NodeFilter filter;

  NodeSearch(View view, NodeFilter filter) {
    this.view = view;
    this.filter = filter;
  }

  /** Those from a place on, to be gone through once. */
  Iterable<Placed<AttestedNode>> from(CreationOrder from) {
    if (filter.spiffeIds().isPresent()) {
      return withIds(filter.spiffeIds().get(), from);
    }
    if (filter.selectors().isPresent()) {
      return withIds(idsBySelectors(filter.selectors().get()), from);
    }
    return view.walk(List.of(query()), from, node -> accepts(node.message())).placed();
  }

  /** How many there are. */
  long count() {
    long count = 0;
    for (var nodes = from(CreationOrder.FIRST).iterator(); nodes.hasNext(); nodes.next()) {
      count++;
    }
    return count;
  }

  private Query<AttestedNode> query() {
    return filter
        .attestationType()
        .map(type -> NODE.by(NODE_ATTESTATION_TYPE, type))
        .orElse(NODE.all());
  }

  private List<String> idsBySelectors(Wanted<Selector> wanted) {
    var way = Way.best(view, wanted.ways(NodeSearch::bySelector, true, false));
    int asked = SpireTypes.sketch(wanted.values());
    List<String> ids = new ArrayList<>();
    for (var found = view.walk(way.queries(), CreationOrder.FIRST); found.next(); ) {
      if (way.rest()
          || (wanted.match().mayHold(found.sketch(), asked)
              && wanted.accepts(found.message().getSelectorsList()))) {
        ids.add(found.message().getSpiffeId());
      }
    }
    return ids;
  }

  private static Query<NodeSelectors> bySelector(Selector selector) {
    return NODE_SELECTORS.by(NODE_SELECTOR, SpireTypes.selectorKey(selector));
  }

  private List<Placed<AttestedNode>> withIds(Collection<String> ids, CreationOrder from) {
    List<Placed<AttestedNode>> nodes = new ArrayList<>();
    for (String id : ids) {
      Optional<Placed<AttestedNode>> node = view.placed(NODE, id);
      if (node.isPresent()
          && node.get().order().compareTo(from) >= 0
          && accepts(node.get().message())) {
        nodes.add(node.get());
      }
    }
    nodes.sort(IN_ORDER);
    return nodes;
  }

  private boolean accepts(AttestedNode node) {
    Instant end = EpochSeconds.instant(node.getCertNotAfter());
    return is(filter.attestationType(), node.getAttestationDataType())
        && is(filter.banned(), node.getCertSerialNumber().isEmpty())
        && is(filter.canReattest(), node.getCanReattest())
        && (filter.expiresBefore().isEmpty() || end.isBefore(filter.expiresBefore().get()))
        && (filter.validAt().isEmpty() || !end.isBefore(filter.validAt().get()))
        && (filter.selectors().isEmpty()
            || filter.selectors().get().accepts(selectors(view, node.getSpiffeId())));
  }

  private static <T> boolean is(Optional<T> asked, T has) {
    return asked.isEmpty() || asked.get().equals(has);
  }

  /** A node as it is given: with its selectors, if the filter says so. */
  AttestedNode shown(AttestedNode node) {
    return filter.isWithSelectors() ? withSelectors(view, node) : node;
  }

  static AttestedNode withSelectors(View view, AttestedNode node) {
    return node.toBuilder().addAllSelectors(selectors(view, node.getSpiffeId())).build();
  }

  static List<Selector> selectors(View view, String spiffeId) {
    return view.get(NODE_SELECTORS, spiffeId)
        .map(NodeSelectors::getSelectorsList)
        .orElse(List.of());
  }
}
