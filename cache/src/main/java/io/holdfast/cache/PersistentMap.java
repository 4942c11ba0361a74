package io.holdfast.cache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An immutable ordered map whose versions share what did not change: a B+-tree with wide nodes.
 *
 * <p>{@link #apply} merges a sorted batch of edits into the tree from the top down and rebuilds
 * each node that it touches exactly once, with arrays of exactly the size they need; all other
 * nodes are shared with the version before. Every field is final, so a reference to a map can be
 * handed to other threads without further ado. The separator before a child is always the smallest
 * key below it, which makes joining and splitting a matter of concatenating arrays.
 *
 * @param <K> keys, in their natural order
 * @param <V> values; never null
 */
final class PersistentMap<K extends Comparable<? super K>, V> {
  /** The most children of an inner node and entries of a leaf. */
  static final int WIDTH_MAX = 64;

  /** Narrower nodes are joined with a neighbour. */
  static final int WIDTH_MIN = WIDTH_MAX / 4;

  /** How wide nodes are when a tree is built at once: room is left for what comes later. */
  static final int WIDTH_BUILT = WIDTH_MAX * 3 / 4;

  private static final Leaf EMPTY_LEAF = new Leaf(new Object[0], new Object[0]);
  private static final PersistentMap<?, ?> EMPTY = new PersistentMap<>(EMPTY_LEAF);

  /**
   * What becomes of one key.
   *
   * @param key the key
   * @param value its new value; null removes it
   */
  record Edit<K, V>(K key, V value) {
    Edit {
      Objects.requireNonNull(key, "key");
    }
  }

  private final Node root;

  private PersistentMap(Node root) {
    this.root = root;
  }

  @SuppressWarnings("unchecked") // it holds nothing
  static <K extends Comparable<? super K>, V> PersistentMap<K, V> empty() {
    return (PersistentMap<K, V>) EMPTY;
  }

  /** The map of these keys, which must ascend, and the values beside them. */
  static <K extends Comparable<? super K>, V> PersistentMap<K, V> ofSorted(
      List<? extends K> keys, List<? extends V> values) {
    if (keys.isEmpty()) {
      return empty();
    }
    List<Node> leaves = new ArrayList<>();
    Leaf.cut(keys.toArray(), values.toArray(), keys.size(), WIDTH_BUILT, leaves);
    return new PersistentMap<>(rootOver(leaves, WIDTH_BUILT));
  }

  /** For looking at the shape of the tree. */
  Node root() {
    return root;
  }

  /** How many entries there are. */
  int size() {
    return root.size;
  }

  boolean isEmpty() {
    return root.size == 0;
  }

  /** The value of a key, or null if it is not there. */
  @SuppressWarnings("unchecked") // only values of this type are put in
  V get(K key) {
    Node node = root;
    while (node instanceof Inner inner) {
      node = inner.children[inner.childFor(key)];
    }
    Leaf leaf = (Leaf) node;
    int at = Arrays.binarySearch(leaf.keys, key);
    return at < 0 ? null : (V) leaf.values[at];
  }

  /** How many keys are below {@code key}; null stands for the end. */
  long rank(K key) {
    if (key == null) {
      return root.size;
    }
    long below = 0;
    Node node = root;
    while (node instanceof Inner inner) {
      int child = inner.childFor(key);
      for (int i = 0; i < child; i++) {
        below += inner.children[i].size;
      }
      node = inner.children[child];
    }
    int at = Arrays.binarySearch(node.keys, key);
    return below + (at < 0 ? -at - 1 : at);
  }

  /**
   * The entries from {@code start} (inclusive; null: the smallest) to {@code end} (exclusive; null:
   * the largest) in ascending order.
   */
  Cursor<K, V> cursor(K start, K end) {
    return new Cursor<>(root, start, end);
  }

  /**
   * The map with these edits, which must ascend by key without repeating one. Removing what is not
   * there changes nothing.
   */
  PersistentMap<K, V> apply(List<Edit<K, V>> edits) {
    if (edits.isEmpty()) {
      return this;
    }
    List<Node> nodes = new ArrayList<>();
    root.apply(edits, nodes);
    Node top = rootOver(nodes, WIDTH_MAX);
    return top == root ? this : new PersistentMap<>(top);
  }

  /** Puts as many levels above the nodes as it takes to have one; drops those of a single child. */
  private static Node rootOver(List<Node> nodes, int width) {
    List<Node> level = nodes;
    while (level.size() > 1) {
      List<Node> above = new ArrayList<>();
      Inner.cut(level, width, above);
      level = above;
    }
    Node top = level.isEmpty() ? EMPTY_LEAF : level.get(0);
    while (top instanceof Inner inner && inner.children.length == 1) {
      top = inner.children[0];
    }
    return top;
  }

  /** Keys in ascending order, with either values or children beside them. */
  abstract static sealed class Node permits Leaf, Inner {
    final Object[] keys;
    final int size;

    Node(Object[] keys, int size) {
      this.keys = keys;
      this.size = size;
    }

    /** Adds the nodes that take this one's place; none if nothing is left of it. */
    abstract <K extends Comparable<? super K>, V> void apply(List<Edit<K, V>> edits, List<Node> to);

    /** Adds one or two nodes with all that is in this one and then in its right neighbour. */
    abstract void join(Node right, List<Node> to);
  }

  /** A node of entries. */
  static final class Leaf extends Node {
    final Object[] values;

    Leaf(Object[] keys, Object[] values) {
      super(keys, keys.length);
      this.values = values;
    }

    /** Adds leaves for the first entries, as few and as even as the width allows. */
    static void cut(Object[] keys, Object[] values, int length, int width, List<Node> to) {
      if (length == keys.length && length <= width && length > 0) {
        to.add(new Leaf(keys, values));
        return;
      }
      int parts = (length + width - 1) / width;
      for (int part = 0; part < parts; part++) {
        int from = (int) ((long) length * part / parts);
        int end = (int) ((long) length * (part + 1) / parts);
        to.add(
            new Leaf(Arrays.copyOfRange(keys, from, end), Arrays.copyOfRange(values, from, end)));
      }
    }

    @Override
    <K extends Comparable<? super K>, V> void apply(List<Edit<K, V>> edits, List<Node> to) {
      if (edits.size() == 1 && replaces(edits.get(0), to)) {
        return;
      }
      Object[] newKeys = new Object[keys.length + edits.size()];
      Object[] newValues = new Object[newKeys.length];
      boolean changed = false;
      int read = 0;
      int written = 0;
      for (Edit<K, V> edit : edits) {
        int at = Arrays.binarySearch(keys, read, keys.length, edit.key());
        boolean found = at >= 0;
        int before = found ? at : -at - 1;
        System.arraycopy(keys, read, newKeys, written, before - read);
        System.arraycopy(values, read, newValues, written, before - read);
        written += before - read;
        read = found ? before + 1 : before;
        changed |= found || edit.value() != null;
        if (edit.value() != null) {
          newKeys[written] = edit.key();
          newValues[written++] = edit.value();
        }
      }
      if (!changed) {
        to.add(this);
        return;
      }
      System.arraycopy(keys, read, newKeys, written, keys.length - read);
      System.arraycopy(values, read, newValues, written, keys.length - read);
      written += keys.length - read;
      cut(newKeys, newValues, written, WIDTH_MAX, to);
    }

    /** The most frequent edit by far, a new value for a key that is there, if this is one. */
    private boolean replaces(Edit<?, ?> edit, List<Node> to) {
      int at = edit.value() == null ? -1 : Arrays.binarySearch(keys, edit.key());
      if (at < 0) {
        return false;
      }
      to.add(new Leaf(replaced(keys, at, edit.key()), replaced(values, at, edit.value())));
      return true;
    }

    @Override
    void join(Node right, List<Node> to) {
      Object[] all = concat(keys, right.keys);
      cut(all, concat(values, ((Leaf) right).values), all.length, WIDTH_MAX, to);
    }
  }

  /** A node of nodes; each key is the smallest below the child beside it. */
  static final class Inner extends Node {
    final Node[] children;

    private Inner(Object[] keys, Node[] children, int size) {
      super(keys, size);
      this.children = children;
    }

    static Inner over(List<Node> children) {
      Object[] keys = new Object[children.size()];
      int size = 0;
      for (int i = 0; i < keys.length; i++) {
        keys[i] = children.get(i).keys[0];
        size += children.get(i).size;
      }
      return new Inner(keys, children.toArray(new Node[0]), size);
    }

    /** Adds inner nodes above these children, as few and as even as the width allows. */
    static void cut(List<Node> children, int width, List<Node> to) {
      int parts = (children.size() + width - 1) / width;
      for (int part = 0; part < parts; part++) {
        int from = (int) ((long) children.size() * part / parts);
        int end = (int) ((long) children.size() * (part + 1) / parts);
        to.add(over(children.subList(from, end)));
      }
    }

    int childFor(Object key) {
      int at = Arrays.binarySearch(keys, key);
      return at >= 0 ? at : Math.max(0, -at - 2);
    }

    @Override
    <K extends Comparable<? super K>, V> void apply(List<Edit<K, V>> edits, List<Node> to) {
      int first = childFor(edits.get(0).key());
      if (endOf(first, edits, 0) == edits.size()) {
        applyToOne(first, edits, to);
        return;
      }
      List<Node> changed = new ArrayList<>(children.length + 2);
      int copied = 0;
      int from = 0;
      while (from < edits.size()) {
        int child = childFor(edits.get(from).key());
        int end = endOf(child, edits, from);
        changed.addAll(Arrays.asList(children).subList(copied, child));
        children[child].apply(edits.subList(from, end), changed);
        copied = child + 1;
        from = end;
      }
      changed.addAll(Arrays.asList(children).subList(copied, children.length));
      replaceBy(changed, to);
    }

    /** The first edit from {@code from} on that no longer belongs below a child. */
    @SuppressWarnings("unchecked") // all keys of a tree are of its type
    private <K extends Comparable<? super K>, V> int endOf(
        int child, List<Edit<K, V>> edits, int from) {
      if (child + 1 == keys.length) {
        return edits.size();
      }
      K bound = (K) keys[child + 1];
      int end = from + 1;
      while (end < edits.size() && edits.get(end).key().compareTo(bound) < 0) {
        end++;
      }
      return end;
    }

    private <K extends Comparable<? super K>, V> void applyToOne(
        int child, List<Edit<K, V>> edits, List<Node> to) {
      List<Node> nodes = new ArrayList<>(2);
      children[child].apply(edits, nodes);
      if (nodes.size() == 1 && !isNarrow(nodes.get(0))) {
        to.add(with(child, nodes.get(0)));
        return;
      }
      List<Node> changed = new ArrayList<>(Arrays.asList(children));
      changed.remove(child);
      changed.addAll(child, nodes);
      replaceBy(changed, to);
    }

    private Inner with(int at, Node child) {
      Node before = children[at];
      if (child == before) {
        return this;
      }
      Node[] newChildren = children.clone();
      newChildren[at] = child;
      return new Inner(
          replaced(keys, at, child.keys[0]), newChildren, size - before.size + child.size);
    }

    private void replaceBy(List<Node> changed, List<Node> to) {
      if (changed.equals(Arrays.asList(children))) {
        to.add(this);
      } else {
        cut(withoutNarrow(changed), WIDTH_MAX, to);
      }
    }

    /** Joins each child that is too narrow with a neighbour. */
    private static List<Node> withoutNarrow(List<Node> nodes) {
      if (nodes.stream().noneMatch(node -> node.keys.length < WIDTH_MIN)) {
        return nodes;
      }
      List<Node> wide = new ArrayList<>(nodes.size());
      for (Node node : nodes) {
        int last = wide.size() - 1;
        if (last >= 0 && (isNarrow(node) || isNarrow(wide.get(last)))) {
          wide.remove(last).join(node, wide);
        } else {
          wide.add(node);
        }
      }
      return wide;
    }

    private static boolean isNarrow(Node node) {
      return node.keys.length < WIDTH_MIN;
    }

    @Override
    void join(Node right, List<Node> to) {
      List<Node> all = new ArrayList<>(Arrays.asList(children));
      all.addAll(Arrays.asList(((Inner) right).children));
      cut(all, WIDTH_MAX, to);
    }
  }

  /** The array with another element; itself if it is the same one. */
  private static Object[] replaced(Object[] array, int at, Object now) {
    if (array[at] == now) {
      return array;
    }
    Object[] copy = array.clone();
    copy[at] = now;
    return copy;
  }

  private static Object[] concat(Object[] left, Object[] right) {
    Object[] both = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }
}
