package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.NODE;
import static io.holdfast.datastore.spire.SpireTypes.NODE_ATTESTATION_TYPE;
import static io.holdfast.datastore.spire.SpireTypes.NODE_SELECTOR;
import static io.holdfast.datastore.spire.SpireTypes.NODE_SELECTORS;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.Selector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Finds the attested nodes that meet a filter, in creation order. */
final class NodeSearch {
  private final View view;
  private final NodeFilter filter;

  NodeSearch(View view, NodeFilter filter) {
    this.view = view;
    this.filter = filter;
  }

  Iterable<Placed<AttestedNode>> from(CreationOrder from) {
    Iterable<Placed<AttestedNode>> candidates = candidates(from);
    return () ->
        StreamSupport.stream(candidates.spliterator(), false)
            .filter(node -> accepts(node.message()))
            .map(this::shown)
            .iterator();
  }

  private Iterable<Placed<AttestedNode>> candidates(CreationOrder from) {
    if (filter.spiffeIds().isPresent()) {
      return withIds(filter.spiffeIds().get(), from);
    }
    if (filter.selectors().isPresent()) {
      return withIds(idsBySelectors(filter.selectors().get()), from);
    }
    return view.scan(
        filter.attestationType().map(t -> NODE.by(NODE_ATTESTATION_TYPE, t)).orElse(NODE.all()),
        from);
  }

  private List<String> idsBySelectors(Wanted<Selector> wanted) {
    Choice<NodeSelectors> choice = new Choice<>(view, NODE_SELECTORS);
    choice.offer(
        wanted, selector -> NODE_SELECTORS.by(NODE_SELECTOR, SpireTypes.selectorKey(selector)));
    List<String> ids = new ArrayList<>();
    for (Placed<NodeSelectors> node : choice.from(Listing.START)) {
      if (wanted.accepts(node.message().getSelectorsList())) {
        ids.add(node.message().getSpiffeId());
      }
    }
    return ids;
  }

  private List<Placed<AttestedNode>> withIds(Collection<String> ids, CreationOrder from) {
    List<Placed<AttestedNode>> nodes = new ArrayList<>();
    for (String id : ids) {
      view.placed(NODE, id).filter(node -> node.order().compareTo(from) >= 0).ifPresent(nodes::add);
    }
    nodes.sort(Comparator.comparing(Placed::order));
    return nodes;
  }

  private boolean accepts(AttestedNode node) {
    Instant end = EpochSeconds.instant(node.getCertNotAfter());
    return is(filter.attestationType(), node.getAttestationDataType())
        && is(filter.banned(), node.getCertSerialNumber().isEmpty())
        && is(filter.canReattest(), node.getCanReattest())
        && (filter.expiresBefore().isEmpty() || end.isBefore(filter.expiresBefore().get()))
        && (filter.validAt().isEmpty() || !end.isBefore(filter.validAt().get()))
        && (filter.selectors().isEmpty() || hasSelectors(node));
  }

  private static <T> boolean is(Optional<T> asked, T has) {
    return asked.isEmpty() || asked.get().equals(has);
  }

  /** A node without selectors matches nothing. */
  private boolean hasSelectors(AttestedNode node) {
    List<Selector> selectors = selectors(view, node.getSpiffeId());
    return !selectors.isEmpty() && Wanted.accepts(filter.selectors(), selectors);
  }

  private Placed<AttestedNode> shown(Placed<AttestedNode> node) {
    return filter.isWithSelectors()
        ? new Placed<>(withSelectors(view, node.message()), node.order())
        : node;
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
