package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeMask;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.NodeFilter;
import io.holdfast.datastore.spire.NodeSelectorSets;
import io.holdfast.datastore.spire.Nodes;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The operations on attested nodes and their selectors. */
final class NodeOperations {
  private static final String ID = "spiffe_id";
  private static final String FILTER =
      "by_attestation_type by_banned by_expires_before by_selectors by_can_reattest"
          + " fetch_selectors";

  private final Nodes nodes;
  private final NodeSelectorSets selectors;

  NodeOperations(Nodes nodes, NodeSelectorSets selectors) {
    this.nodes = nodes;
    this.selectors = selectors;
  }

  void register(SpireOperations to) {
    to.answer(
        "CountAttestedNodes",
        FILTER,
        a -> Json.field("count", new JsonPrimitive(nodes.count(filter(a)))));
    to.answer("ListAttestedNodes", FILTER + " by_spiffe_ids valid_at pagination", this::list);
    to.answer("CreateAttestedNode", "node", a -> Json.field("node", nodes.create(node(a))));
    to.answer("DeleteAttestedNode", ID, a -> Json.field("node", nodes.delete(a.text(ID))));
    to.answer("FetchAttestedNode", ID, a -> Json.field("node", nodes.fetch(a.text(ID))));
    to.answer(
        "FetchAttestedNodes",
        "spiffe_ids",
        a -> Json.field("nodes", Json.map(nodes.fetch(a.texts("spiffe_ids")), Json::of)));
    to.answer("UpdateAttestedNode", "node mask", this::update);
    to.act(
        "PruneAttestedExpiredNodes",
        "expired_before include_non_reattestable batch_size",
        a ->
            nodes.prune(
                a.time("expired_before"),
                a.flag("include_non_reattestable").orElse(false),
                a.int32("batch_size")));
    registerSelectors(to);
  }

  private void registerSelectors(SpireOperations to) {
    to.answer(
        "GetNodeSelectors",
        ID + " consistency",
        a ->
            Json.field("selectors", json(selectors.get(SpireOperations.freshness(a), a.text(ID)))));
    to.answer(
        "ListNodeSelectors",
        "consistency valid_at",
        a ->
            Json.field(
                "selectors",
                Json.map(
                    selectors.list(SpireOperations.freshness(a), a.time("valid_at")),
                    NodeOperations::json)));
    to.act(
        "SetNodeSelectors",
        ID + " selectors",
        a -> selectors.set(a.text(ID), a.messages("selectors", Selector.getDefaultInstance())));
  }

  private static JsonArray json(List<Selector> selectors) {
    return Json.list(selectors, Json::of);
  }

  private static AttestedNode node(Args args) {
    return args.message("node", AttestedNode.getDefaultInstance());
  }

  private JsonObject update(Args args) {
    AttestedNode node = node(args);
    if (node == null) {
      throw new BadRequest("node is missing");
    }
    AttestedNodeMask mask = args.message("mask", AttestedNodeMask.getDefaultInstance());
    return Json.field("node", nodes.update(node, mask));
  }

  private JsonObject list(Args args) {
    NodeFilter filter =
        filter(args).spiffeIds(args.texts("by_spiffe_ids")).validAt(args.time("valid_at"));
    return SpireOperations.listed(
        "nodes",
        SpireOperations.paging(args),
        () -> nodes.list(filter),
        page -> nodes.list(filter, page),
        Json::of);
  }

  private static NodeFilter filter(Args args) {
    NodeFilter filter =
        NodeFilter.ALL
            .attestationType(args.text("by_attestation_type"))
            .expiresBefore(args.time("by_expires_before"));
    if (args.flag("fetch_selectors").orElse(false)) {
      filter = filter.withSelectors();
    }
    Optional<Boolean> banned = args.flag("by_banned");
    if (banned.isPresent()) {
      filter = filter.banned(banned.get());
    }
    Optional<Boolean> canReattest = args.flag("by_can_reattest");
    if (canReattest.isPresent()) {
      filter = filter.canReattest(canReattest.get());
    }
    Optional<Args> wanted =
        args.find("by_selectors").map(value -> Args.of(value, Set.of("selectors", "match")));
    if (wanted.isPresent()) {
      filter =
          filter.selectors(
              wanted.get().messages("selectors", Selector.getDefaultInstance()),
              SpireOperations.match(wanted.get()));
    }
    return filter;
  }
}
