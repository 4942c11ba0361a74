package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.ENTRY;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_JOIN_TOKEN_ALIAS;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_PARENT;
import static io.holdfast.datastore.spire.SpireTypes.NODE;
import static io.holdfast.datastore.spire.SpireTypes.NODE_EXPIRY;
import static io.holdfast.datastore.spire.SpireTypes.NODE_SELECTORS;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeMask;
import io.holdfast.datastore.proto.RegistrationEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The attested nodes (agents) of SPIRE's data store. Every write of one writes its event in the
 * same commit. Reads are linearizable. What is refused is a {@link
 * io.holdfast.datastore.DatastoreException} with SPIRE's code and text.
 */
public final class Nodes {
  private static final Logger LOG = LoggerFactory.getLogger(Nodes.class);
  private static final int PRUNED_AT_ONCE = 250;
  private static final int PRUNED_BY_DEFAULT = 1_000;
  private static final String JOIN_TOKEN_TYPE = "join_token";

  private static final AttestedNodeMask ALL_FIELDS =
      AttestedNodeMask.newBuilder()
          .setCertSerialNumber(true)
          .setCertNotAfter(true)
          .setNewCertSerialNumber(true)
          .setNewCertNotAfter(true)
          .setCanReattest(true)
          .setAgentVersion(true)
          .build();

  private final Datastore datastore;
  private final Events events;
  private final Entries entries;

  Nodes(Datastore datastore, Events events, Entries entries) {
    this.datastore = datastore;
    this.events = events;
    this.entries = entries;
  }

  /** The node with an id, without its selectors. */
  public Optional<AttestedNode> fetch(String spiffeId) {
    return datastore.at(Freshness.LINEARIZABLE).get(NODE, spiffeId);
  }

  /** The nodes with ids, by id, with their selectors; those that do not exist are left out. */
  public Map<String, AttestedNode> fetch(Collection<String> spiffeIds) {
    View view = datastore.at(Freshness.LINEARIZABLE);
    Map<String, AttestedNode> found = new LinkedHashMap<>();
    for (String id : spiffeIds) {
      view.get(NODE, id).ifPresent(node -> found.put(id, NodeSearch.withSelectors(view, node)));
    }
    return found;
  }

  /** The nodes that meet a filter, in creation order. */
  public List<AttestedNode> list(NodeFilter filter) {
    List<AttestedNode> nodes = new ArrayList<>();
    NodeSearch search = search(filter);
    search.from(CreationOrder.FIRST).forEach(node -> nodes.add(search.shown(node.message())));
    return nodes;
  }

  /** A page of the nodes that meet a filter. */
  public Paged<AttestedNode> list(NodeFilter filter, Paging paging) {
    Listing.checkSize(paging);
    checkSelectors(filter);
    Optional<ListToken> start = Listing.start(NODE, paging);
    NodeSearch search = search(filter);
    var page = Listing.page(NODE, search.from(Listing.from(start)), start, paging.size());
    return new Paged<>(page.items().stream().map(search::shown).toList(), page.token());
  }

  /** How many nodes meet a filter. */
  public long count(NodeFilter filter) {
    return search(filter).count();
  }

  private NodeSearch search(NodeFilter filter) {
    checkSelectors(filter);
    return new NodeSearch(datastore.at(Freshness.LINEARIZABLE), filter);
  }

  private static void checkSelectors(NodeFilter filter) {
    if (filter.selectors().isPresent() && filter.selectors().get().values().isEmpty()) {
      throw Refusal.invalid("cannot list by empty selectors set");
    }
  }

  /** Creates a node; its selectors are set on their own, and left out here. */
  public AttestedNode create(AttestedNode node) {
    if (node == null) {
      throw Refusal.unknown("datastore-sql: invalid request: missing attested node");
    }
    AttestedNode alone = node.toBuilder().clearSelectors().build();
    return datastore
        .compute(
            tx -> {
              if (tx.get(NODE, alone.getSpiffeId()).isPresent()) {
                throw Refusal.exists("node " + alone.getSpiffeId());
              }
              events.add(tx, alone.getSpiffeId());
              return tx.create(NODE, alone);
            })
        .value();
  }

  /**
   * Changes the fields of a node that a mask names.
   *
   * @param mask null for all fields
   * @return the whole node as it is then
   */
  public AttestedNode update(AttestedNode node, AttestedNodeMask mask) {
    AttestedNodeMask fields = mask == null ? ALL_FIELDS : mask;
    return datastore
        .compute(
            tx -> {
              AttestedNode stored = existing(tx, node.getSpiffeId());
              events.add(tx, node.getSpiffeId());
              return tx.put(NODE, merged(stored, node, fields));
            })
        .value();
  }

  private static AttestedNode merged(
      AttestedNode stored, AttestedNode update, AttestedNodeMask mask) {
    AttestedNode.Builder merged = stored.toBuilder();
    if (mask.getCertSerialNumber()) {
      merged.setCertSerialNumber(update.getCertSerialNumber());
    }
    if (mask.getCertNotAfter()) {
      merged.setCertNotAfter(update.getCertNotAfter());
    }
    if (mask.getNewCertSerialNumber()) {
      merged.setNewCertSerialNumber(update.getNewCertSerialNumber());
    }
    if (mask.getNewCertNotAfter()) {
      merged.setNewCertNotAfter(update.getNewCertNotAfter());
    }
    if (mask.getCanReattest()) {
      merged.setCanReattest(update.getCanReattest());
    }
    if (mask.getAgentVersion()) {
      merged.setAgentVersion(update.getAgentVersion());
    }
    return merged.build();
  }

  private static AttestedNode existing(ItemTransaction tx, String spiffeId) {
    return tx.get(NODE, spiffeId).orElseThrow(Refusal::notFound);
  }

  /**
   * Deletes a node with its selectors, and, if it attested by join token, the entries that the
   * token left below it; returns the node as it was.
   */
  public AttestedNode delete(String spiffeId) {
    return datastore.compute(tx -> delete(tx, spiffeId)).value();
  }

  private AttestedNode delete(ItemTransaction tx, String spiffeId) {
    AttestedNode was = existing(tx, spiffeId);
    if (was.getAttestationDataType().equals(JOIN_TOKEN_TYPE)) {
      deleteAliases(tx, spiffeId);
    }
    if (tx.get(NODE_SELECTORS, spiffeId).isPresent()) {
      tx.delete(NODE_SELECTORS, spiffeId);
    }
    tx.delete(NODE, spiffeId);
    events.add(tx, spiffeId);
    return was;
  }

  private void deleteAliases(ItemTransaction tx, String spiffeId) {
    for (RegistrationEntry child : tx.view().list(ENTRY.by(ENTRY_PARENT, spiffeId))) {
      if (spiffeId.equals(Aliases.joinTokenParentOf(child))) {
        entries.delete(tx, child.getEntryId());
      }
    }
    // None may appear meanwhile.
    tx.expectNone(ENTRY, ENTRY_JOIN_TOKEN_ALIAS, spiffeId);
  }

  /**
   * Deletes nodes whose certificate ended before a time and that are not banned, those that ended
   * first at the beginning.
   *
   * @param withNonReattestable whether nodes go too that could not attest again
   * @param batchSize how many at most; 1,000 if it is not positive
   */
  public void prune(Instant expiredBefore, boolean withNonReattestable, int batchSize) {
    // A life ends at a whole second: before a fraction of one is before the next.
    long end = expiredBefore.getEpochSecond() + (expiredBefore.getNano() > 0 ? 1 : 0);
    var expired =
        Expiry.before(NODE, NODE_EXPIRY, end)
            .filter(node -> !node.getCertSerialNumber().isEmpty())
            .filter(node -> withNonReattestable || node.getCanReattest());
    long most = batchSize > 0 ? batchSize : PRUNED_BY_DEFAULT;
    long pruned =
        Batches.run(
            datastore,
            PRUNED_AT_ONCE,
            most,
            (tx, atOnce) -> {
              List<AttestedNode> nodes = Expiry.first(tx.view(), expired, atOnce);
              nodes.forEach(node -> delete(tx, node.getSpiffeId()));
              return nodes.size();
            });
    LOG.info("Pruned expired agents: {}", pruned);
  }
}
