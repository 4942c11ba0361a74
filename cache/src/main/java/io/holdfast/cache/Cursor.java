package io.holdfast.cache;

import java.util.Arrays;
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
  private final PersistentMap.Inner[] path = new PersistentMap.Inner[DEPTH_MAX];
  private final int[] childAt = new int[DEPTH_MAX];
  private int depth;
  private PersistentMap.Leaf leaf;
  private int next;
  private int limit;

  Cursor(PersistentMap.Node root, K start, K end) {
    this.end = end;
    PersistentMap.Node node = root;
    while (node instanceof PersistentMap.Inner inner) {
      int child = start == null ? 0 : inner.childFor(start);
      path[depth] = inner;
      childAt[depth++] = child;
      node = inner.children[child];
    }
    int at = start == null ? 0 : Arrays.binarySearch(node.keys, start);
    enter((PersistentMap.Leaf) node, at < 0 ? -at - 1 : at);
  }

  @SuppressWarnings("unchecked") // all keys of a tree are of its type
  private void enter(PersistentMap.Leaf entered, int from) {
    leaf = entered;
    next = from;
    limit = entered.keys.length;
    if (end != null && limit > 0 && ((K) entered.keys[limit - 1]).compareTo(end) >= 0) {
      int at = Arrays.binarySearch(entered.keys, end);
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
    PersistentMap.Node node = path[depth - 1].children[++childAt[depth - 1]];
    while (node instanceof PersistentMap.Inner inner) {
      path[depth] = inner;
      childAt[depth++] = 0;
      node = inner.children[0];
    }
    enter((PersistentMap.Leaf) node, 0);
  }

  @Override
  public boolean hasNext() {
    return next < limit;
  }

  /** The key of what {@link #next} will give; there must be one. */
  @SuppressWarnings("unchecked") // all keys of a tree are of its type
  K nextKey() {
    return (K) leaf.keys[next];
  }

  @Override
  @SuppressWarnings("unchecked") // all values of a tree are of its type
  public V next() {
    if (next >= limit) {
      throw new NoSuchElementException();
    }
    V value = (V) leaf.values[next++];
    if (next == leaf.keys.length) {
      enterNextLeaf();
    }
    return value;
  }
}
