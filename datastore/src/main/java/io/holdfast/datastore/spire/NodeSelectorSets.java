package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.NODE;
import static io.holdfast.datastore.spire.SpireTypes.NODE_SELECTORS;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.Selector;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The selectors of agents, which may exist before and without the attested node. */
public final class NodeSelectorSets {
  private final Datastore datastore;
  private final Events events;

  NodeSelectorSets(Datastore datastore, Events events) {
    this.datastore = datastore;
    this.events = events;
  }

  /** The selectors of an agent, as they were set. */
  public List<Selector> get(Freshness freshness, String spiffeId) {
    return NodeSearch.selectors(datastore.at(freshness), spiffeId);
  }

  /**
   * The selectors of all agents that have any, by SPIFFE ID.
   *
   * @param validAt only of attested nodes whose certificate ends after this; {@link
   *     SpireDatastore#NO_TIME} for all
   */
  public Map<String, List<Selector>> list(Freshness freshness, Instant validAt) {
    View view = datastore.at(freshness);
    Map<String, List<Selector>> found = new LinkedHashMap<>();
    for (var node : view.scan(NODE_SELECTORS.all())) {
      String id = node.message().getSpiffeId();
      if (validAt.equals(SpireDatastore.NO_TIME) || isValid(view, id, validAt)) {
        found.put(id, node.message().getSelectorsList());
      }
    }
    return found;
  }

  private static boolean isValid(View view, String spiffeId, Instant time) {
    return view.get(NODE, spiffeId)
        .map(node -> EpochSeconds.instant(node.getCertNotAfter()).isAfter(time))
        .orElse(false);
  }

  /** Replaces all selectors of an agent, and writes an event; none may come twice. */
  public void set(String spiffeId, List<Selector> selectors) {
    EntryRules.checkDistinct(selectors, "selector");
    NodeSelectors node =
        NodeSelectors.newBuilder().setSpiffeId(spiffeId).addAllSelectors(selectors).build();
    datastore.write(tx -> set(tx, node));
  }

  private void set(ItemTransaction tx, NodeSelectors node) {
    if (node.getSelectorsCount() > 0) {
      tx.put(NODE_SELECTORS, node);
    } else if (tx.get(NODE_SELECTORS, node.getSpiffeId()).isPresent()) {
      tx.delete(NODE_SELECTORS, node.getSpiffeId());
    }
    events.add(tx, node.getSpiffeId());
  }
}
