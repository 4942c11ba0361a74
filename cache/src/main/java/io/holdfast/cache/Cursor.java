package io.holdfast.cache;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * Goes through the values of a range of a {@link PersistentMap} in ascending order of their keys.
 *
 * <p>The end of the range is looked for once in a leaf, not once for each entry. For one thread.
 */
final class Cursor<K extends Comparable<? super K>, V> implements Iterator<V> {
  private static final int DEPTH_MAX = 16;

  private final K end;
  private final PersistentMap.Inner<K>[] path = newPath();
  private final int[] childAt = new int[DEPTH_MAX];
  private int depth;
  private PersistentMap.Leaf<K> leaf;
  private int next;
  private int limit;

  @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
  private static <K> PersistentMap.Inner<K>[] newPath() {
    return new PersistentMap.Inner[DEPTH_MAX];
  }

  Cursor(PersistentMap.Node<K> root, K start, K end) {
    this.end = end;
    PersistentMap.Node<K> node = root;
    while (node instanceof PersistentMap.Inner<K> inner) {
      int child = start == null ? 0 : inner.childFor(start);
      path[depth] = inner;
      childAt[depth++] = child;
      node = inner.children[child];
    }
    int at = start == null ? 0 : node.find(start, 0);
    enter((PersistentMap.Leaf<K>) node, at < 0 ? -at - 1 : at);
  }

  private void enter(PersistentMap.Leaf<K> entered, int from) {
    leaf = entered;
    next = from;
    limit = entered.values.length;
    if (end != null && limit > 0 && entered.keys.compare(end, limit - 1, entered) <= 0) {
      int at = entered.find(end, from);
      limit = at < 0 ? -at - 1 : at;
    } else if (next == limit) {
      enterNextLeaf();
    }
  }

  /** Leaves of a tree are never empty, so one step finds the next entry or the end. */
  private void enterNextLeaf() {
    while (depth > 0 && childAt[depth - 1] + 1 == path[depth - 1].children.length) {
      depth--;
    }
    if (depth == 0) {
      return;
    }
    PersistentMap.Node<K> node = path[depth - 1].children[++childAt[depth - 1]];
    while (node instanceof PersistentMap.Inner<K> inner) {
      path[depth] = inner;
      childAt[depth++] = 0;
      node = inner.children[0];
    }
    enter((PersistentMap.Leaf<K>) node, 0);
  }

  /** The leaf with what {@link #next} will give, which must be something. */
  PersistentMap.Leaf<K> leaf() {
    return leaf;
  }

  /** Where in the leaf that is. */
  int at() {
    return next;
  }

  /** Where the range or the leaf ends. */
  int limit() {
    return limit;
  }

  /** Passes over what is left of the leaf. */
  void skipLeaf() {
    next = limit;
    if (next == leaf.values.length) {
      enterNextLeaf();
    }
  }

  @Override
  public boolean hasNext() {
    return next < limit;
  }

  /** The key of what {@link #next} will give; there must be one. */
  K nextKey() {
    return leaf.keys.get(next, leaf);
  }

  @Override
  @SuppressWarnings("unchecked") // all values of a tree are of its type
  public V next() {
    if (next >= limit) {
      throw new NoSuchElementException();
    }
    V value = (V) leaf.values[next++];
    if (next == leaf.values.length) {
      enterNextLeaf();
    }
    return value;
  }
}
