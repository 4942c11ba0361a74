package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Pages of nodes that share a place in the order of creation, as where a store combines commits.
 */
final class NodeSearchTest {
  private static final List<String> IDS = List.of("a", "b", "\uFF5E", "\uD83D\uDE00");
  private static final Selector SELECTOR =
      Selector.newBuilder().setType("unix").setValue("uid:1").build();

  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private Datastore datastore;
  private Nodes nodes;

  @BeforeEach
  void createTogether() {
    Importer load = Importer.begin(store);
    for (int i = 0; i < IDS.size(); i++) {
      AttestedNode node = AttestedNode.newBuilder().setSpiffeId(IDS.get(i)).build();
      load.add(SpireTypes.NODE, 7, node);
      // Their selectors were set in the opposite order.
      NodeSelectors selectors =
          NodeSelectors.newBuilder().setSpiffeId(IDS.get(i)).addSelectors(SELECTOR).build();
      load.add(SpireTypes.NODE_SELECTORS, IDS.size() - i, selectors);
    }
    load.finish();
    datastore = Datastore.builder(store).types(SpireTypes.all()).open();
    nodes = SpireDatastore.of(datastore).nodes();
  }

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private List<String> pages(NodeFilter filter) {
    List<String> ids = new ArrayList<>();
    String token = "";
    do {
      Paged<AttestedNode> page = nodes.list(filter, new Paging(token, 1));
      page.items().forEach(node -> ids.add(node.getSpiffeId()));
      token = page.token();
    } while (!token.isEmpty());
    return ids;
  }

  @Test
  void pagesBySelectorsHaveEachNodeOnce() {
    assertEquals(IDS, pages(NodeFilter.ALL.selectors(List.of(SELECTOR), Match.SUPERSET)));
  }

  @Test
  void pagesByIdsHaveEachNodeOnce() {
    List<String> asked = List.of(IDS.get(3), IDS.get(1), IDS.get(0), IDS.get(2));
    assertEquals(IDS, pages(NodeFilter.ALL.spiffeIds(asked)));
  }

  @Test
  void pagesWithoutAnIndexHaveEachNodeOnce() {
    assertEquals(IDS, pages(NodeFilter.ALL.banned(true)));
  }
}
