package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.PersistentMap.Inner;
import io.holdfast.cache.PersistentMap.Leaf;
import io.holdfast.cache.PersistentMap.Node;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** Looks inside of a {@link PersistentMap}. */
final class PersistentMapShape {
  private PersistentMapShape() {}

  /** All leaves are equally deep, no node is too wide or empty, separators are the least keys. */
  static void check(PersistentMap<?, ?> map) {
    if (!map.isEmpty()) {
      depthOf(map.root());
    }
  }

  private static int depthOf(Node node) {
    assertTrue(node.keys.length >= 1 && node.keys.length <= PersistentMap.WIDTH_MAX);
    if (node instanceof Leaf leaf) {
      assertEquals(leaf.keys.length, leaf.values.length);
      return 1;
    }
    Inner inner = (Inner) node;
    assertEquals(inner.keys.length, inner.children.length);
    int depth = depthOf(inner.children[0]);
    int size = 0;
    for (int i = 0; i < inner.children.length; i++) {
      assertSame(inner.keys[i], inner.children[i].keys[0]);
      assertEquals(depth, depthOf(inner.children[i]));
      size += inner.children[i].size;
    }
    assertEquals(size, inner.size);
    return depth + 1;
  }

  /** How many leaves of a map are not those of another one. */
  static int leavesNotIn(PersistentMap<?, ?> map, PersistentMap<?, ?> other) {
    Set<Node> mine = leaves(map.root(), Collections.newSetFromMap(new IdentityHashMap<>()));
    mine.removeAll(leaves(other.root(), Collections.newSetFromMap(new IdentityHashMap<>())));
    return mine.size();
  }

  private static Set<Node> leaves(Node node, Set<Node> to) {
    if (node instanceof Inner inner) {
      for (Node child : inner.children) {
        leaves(child, to);
      }
    } else {
      to.add(node);
    }
    return to;
  }
}
