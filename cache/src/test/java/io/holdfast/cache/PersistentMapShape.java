package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

  private static <K> int depthOf(Node<K> node) {
    int width = node.keys.length();
    assertTrue(width >= 1 && width <= PersistentMap.WIDTH_MAX);
    if (node instanceof Leaf<K> leaf) {
      assertEquals(width, leaf.values.length);
      return 1;
    }
    Inner<K> inner = (Inner<K>) node;
    assertEquals(width, inner.children.length);
    int depth = depthOf(inner.children[0]);
    int size = 0;
    for (int i = 0; i < inner.children.length; i++) {
      Node<K> child = inner.children[i];
      assertEquals(inner.keys.get(i, inner), child.keys.get(0, child));
      assertEquals(depth, depthOf(inner.children[i]));
      size += inner.children[i].size;
    }
    assertEquals(size, inner.size);
    return depth + 1;
  }

  /** How many leaves of a map are not those of another one. */
  static int leavesNotIn(PersistentMap<?, ?> map, PersistentMap<?, ?> other) {
    Set<Node<?>> mine = leaves(map.root(), Collections.newSetFromMap(new IdentityHashMap<>()));
    mine.removeAll(leaves(other.root(), Collections.newSetFromMap(new IdentityHashMap<>())));
    return mine.size();
  }

  private static <K> Set<Node<?>> leaves(Node<K> node, Set<Node<?>> to) {
    if (node instanceof Inner<K> inner) {
      for (Node<K> child : inner.children) {
        leaves(child, to);
      }
    } else {
      to.add(node);
    }
    return to;
  }
}
