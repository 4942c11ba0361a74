package io.holdfast.cache;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

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

  private final Keys<K> noKeys; // says in what form the keys are kept
  private final Node<K> root;

  private PersistentMap(Keys<K> noKeys, Node<K> root) {
    this.noKeys = noKeys;
    this.root = root;
  }

  /** An empty map that keeps its keys as objects. */
  static <K extends Comparable<? super K>, V> PersistentMap<K, V> empty() {
    return emptyIn(ObjectKeys.<K>none());
  }

  /** An empty index, which keeps its keys packed. */
  static <V> PersistentMap<IndexPlace, Entry<V>> emptyIndex() {
    return emptyIn(PackedKeys.none());
  }

  private static <K extends Comparable<? super K>, V> PersistentMap<K, V> emptyIn(Keys<K> noKeys) {
    return new PersistentMap<>(noKeys, new Leaf<>(noKeys, new Object[0]));
  }

  /** The map of these keys, which must ascend, and the values beside them, in this one's form. */
  PersistentMap<K, V> ofSorted(
      int size, IntFunction<? extends K> keys, IntFunction<? extends V> values) {
    return ofLeaves(
        size,
        (from, end) -> {
          Keys.Builder<K> built = noKeys.builder(end - from);
          Object[] part = new Object[end - from];
          for (int at = from; at < end; at++) {
            built.append(keys.apply(at));
            part[at - from] = values.apply(at);
          }
          return new Leaf<>(built.build(), part);
        });
  }

  /** Makes a leaf of a part of what is to be in a map. */
  interface Leaves<K> {
    Leaf<K> leaf(int from, int end);
  }

  /** The map of so many entries in order, whose leaves are made one by one, in this one's form. */
  PersistentMap<K, V> ofLeaves(int size, Leaves<K> made) {
    List<Node<K>> leaves = new ArrayList<>();
    for (Part part : Part.of(size, WIDTH_BUILT)) {
      leaves.add(made.leaf(part.from, part.end));
    }
    return ofLeaves(leaves);
  }

  /** The map of these leaves, which must be in order and in this one's form. */
  PersistentMap<K, V> ofLeaves(List<Node<K>> leaves) {
    return over(leaves, WIDTH_BUILT);
  }

  /** Takes the leaves of a map in order. */
  interface LeafReader<K> {
    void take(Leaf<K> leaf) throws IOException;
  }

  void forEachLeaf(LeafReader<K> reader) throws IOException {
    root.forEachLeaf(reader);
  }

  /** One of all places in the order of the keys, counted from 0, for who looks at a few. */
  Cursor<K, V> cursorAt(int rank) {
    Node<K> node = root;
    int at = rank;
    while (node instanceof Inner<K> inner) {
      int child = 0;
      while (at >= inner.children[child].size) {
        at -= inner.children[child++].size;
      }
      node = inner.children[child];
    }
    return cursor(node.keys.get(at, node), null);
  }

  /** For looking at the shape of the tree. */
  Node<K> root() {
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
    Node<K> node = root;
    while (node instanceof Inner<K> inner) {
      node = inner.children[inner.childFor(key)];
    }
    int at = node.find(key, 0);
    return at < 0 ? null : (V) ((Leaf<K>) node).values[at];
  }

  /** How many keys are below {@code key}; null stands for the end. */
  long rank(K key) {
    if (key == null) {
      return root.size;
    }
    long below = 0;
    Node<K> node = root;
    while (node instanceof Inner<K> inner) {
      int child = inner.childFor(key);
      for (int i = 0; i < child; i++) {
        below += inner.children[i].size;
      }
      node = inner.children[child];
    }
    int at = node.find(key, 0);
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
    List<Node<K>> nodes = new ArrayList<>();
    root.apply(edits, nodes);
    return nodes.size() == 1 && nodes.get(0) == root ? this : over(nodes, WIDTH_MAX);
  }

  /** Puts as many levels above the nodes as it takes to have one; drops those of a single child. */
  private PersistentMap<K, V> over(List<Node<K>> nodes, int width) {
    if (nodes.isEmpty()) {
      return emptyIn(noKeys);
    }
    List<Node<K>> level = nodes;
    while (level.size() > 1) {
      List<Node<K>> above = new ArrayList<>();
      Inner.cut(level, width, above);
      level = above;
    }
    Node<K> top = level.get(0);
    while (top instanceof Inner<K> inner && inner.children.length == 1) {
      top = inner.children[0];
    }
    return top == root ? this : new PersistentMap<>(noKeys, top);
  }

  /** A part of what is cut into parts of about the same length. */
  private record Part(int from, int end) {
    /** As few as the width allows. */
    static List<Part> of(int length, int width) {
      int parts = (length + width - 1) / width;
      List<Part> all = new ArrayList<>(parts);
      for (int part = 0; part < parts; part++) {
        int from = (int) ((long) length * part / parts);
        all.add(new Part(from, (int) ((long) length * (part + 1) / parts)));
      }
      return all;
    }
  }

  /** Keys in ascending order, with either values or children beside them. */
  abstract static sealed class Node<K> permits Leaf, Inner {
    final Keys<K> keys;
    final int size;

    Node(Keys<K> keys, int size) {
      this.keys = keys;
      this.size = size;
    }

    final int find(K key, int from) {
      return keys.find(key, from, this);
    }

    /** Adds the nodes that take this one's place; none if nothing is left of it. */
    abstract <V> void apply(List<Edit<K, V>> edits, List<Node<K>> to);

    /** Adds one or two nodes with all that is in this one and then in its right neighbour. */
    abstract void join(Node<K> right, List<Node<K>> to);

    abstract void forEachLeaf(LeafReader<K> reader) throws IOException;
  }

  /** A node of entries. */
  static final class Leaf<K> extends Node<K> {
    final Object[] values;

    /** What a reader has left here for the next one; null: nothing. */
    volatile Object beside;

    Leaf(Keys<K> keys, Object[] values) {
      super(keys, values.length);
      this.values = values;
    }

    @Override
    void forEachLeaf(LeafReader<K> reader) throws IOException {
      if (values.length > 0) {
        reader.take(this);
      }
    }

    /** Adds leaves for the entries, as few and as even as the width allows. */
    private static <K> void cut(Keys<K> keys, Object[] values, List<Node<K>> to) {
      if (values.length > 0 && values.length <= WIDTH_MAX) {
        to.add(new Leaf<>(keys, values));
        return;
      }
      for (Part part : Part.of(values.length, WIDTH_MAX)) {
        to.add(
            new Leaf<>(
                keys.slice(part.from, part.end), Arrays.copyOfRange(values, part.from, part.end)));
      }
    }

    @Override
    <V> void apply(List<Edit<K, V>> edits, List<Node<K>> to) {
      if (edits.size() == 1 && replaces(edits.get(0), to)) {
        return;
      }
      Merge<K, V> merge = new Merge<>(this, edits.size());
      edits.forEach(merge::add);
      if (merge.changed) {
        merge.finish(to);
      } else {
        to.add(this);
      }
    }

    /** The most frequent edit by far, a new value for a key that is there, if this is one. */
    private <V> boolean replaces(Edit<K, V> edit, List<Node<K>> to) {
      int at = edit.value() == null ? -1 : find(edit.key(), 0);
      if (at < 0) {
        return false;
      }
      Keys<K> first = keys.builder(1).append(edit.key()).build();
      to.add(new Leaf<>(keys.with(at, first), replaced(values, at, edit.value())));
      return true;
    }

    @Override
    void join(Node<K> right, List<Node<K>> to) {
      Object[] more = ((Leaf<K>) right).values;
      Object[] both = Arrays.copyOf(values, values.length + more.length);
      System.arraycopy(more, 0, both, values.length, more.length);
      cut(
          keys.builder(both.length)
              .append(keys, 0, keys.length())
              .append(right.keys, 0, right.keys.length())
              .build(),
          both,
          to);
    }
  }

  /** Puts edits into the entries of a leaf. */
  private static final class Merge<K, V> {
    private final Leaf<K> leaf;
    private final Keys.Builder<K> keys;
    private final Object[] values;
    private boolean changed;
    private int read;

    Merge(Leaf<K> leaf, int edits) {
      this.leaf = leaf;
      this.keys = leaf.keys.builder(leaf.values.length + edits);
      this.values = new Object[leaf.values.length + edits];
    }

    void add(Edit<K, V> edit) {
      int at = leaf.find(edit.key(), read);
      boolean found = at >= 0;
      copyTo(found ? at : -at - 1);
      read += found ? 1 : 0;
      changed |= found || edit.value() != null;
      if (edit.value() != null) {
        values[keys.length()] = edit.value();
        keys.append(edit.key());
      }
    }

    private void copyTo(int end) {
      System.arraycopy(leaf.values, read, values, keys.length(), end - read);
      keys.append(leaf.keys, read, end);
      read = end;
    }

    void finish(List<Node<K>> to) {
      copyTo(leaf.values.length);
      Leaf.cut(keys.build(), Arrays.copyOf(values, keys.length()), to);
    }
  }

  /** A node of nodes; each key is the smallest below the child beside it. */
  static final class Inner<K> extends Node<K> {
    final Node<K>[] children;

    private Inner(Keys<K> keys, Node<K>[] children, int size) {
      super(keys, size);
      this.children = children;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    private static <K> Inner<K> over(List<Node<K>> children) {
      Keys.Builder<K> keys = children.get(0).keys.builder(children.size());
      int size = 0;
      for (Node<K> child : children) {
        keys.append(child.keys, 0, 1);
        size += child.size;
      }
      return new Inner<>(keys.build(), children.toArray(new Node[0]), size);
    }

    @Override
    void forEachLeaf(LeafReader<K> reader) throws IOException {
      for (Node<K> child : children) {
        child.forEachLeaf(reader);
      }
    }

    /** Adds inner nodes above these children, as few and as even as the width allows. */
    private static <K> void cut(List<Node<K>> children, int width, List<Node<K>> to) {
      for (Part part : Part.of(children.size(), width)) {
        to.add(over(children.subList(part.from, part.end)));
      }
    }

    int childFor(K key) {
      int at = find(key, 0);
      return at >= 0 ? at : Math.max(0, -at - 2);
    }

    @Override
    <V> void apply(List<Edit<K, V>> edits, List<Node<K>> to) {
      int first = childFor(edits.get(0).key());
      if (endOf(first, edits, 0) == edits.size()) {
        applyToOne(first, edits, to);
        return;
      }
      List<Node<K>> changed = new ArrayList<>(children.length + 2);
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
    private <V> int endOf(int child, List<Edit<K, V>> edits, int from) {
      if (child + 1 == children.length) {
        return edits.size();
      }
      int end = from + 1;
      while (end < edits.size() && keys.compare(edits.get(end).key(), child + 1, this) < 0) {
        end++;
      }
      return end;
    }

    private <V> void applyToOne(int child, List<Edit<K, V>> edits, List<Node<K>> to) {
      List<Node<K>> nodes = new ArrayList<>(2);
      children[child].apply(edits, nodes);
      if (nodes.size() == 1 && !isNarrow(nodes.get(0))) {
        to.add(with(child, nodes.get(0)));
        return;
      }
      List<Node<K>> changed = new ArrayList<>(Arrays.asList(children));
      changed.remove(child);
      changed.addAll(child, nodes);
      replaceBy(changed, to);
    }

    private Inner<K> with(int at, Node<K> child) {
      Node<K> before = children[at];
      return child == before
          ? this
          : new Inner<>(
              keys.with(at, child.keys),
              replaced(children, at, child),
              size - before.size + child.size);
    }

    private void replaceBy(List<Node<K>> changed, List<Node<K>> to) {
      if (changed.equals(Arrays.asList(children))) {
        to.add(this);
      } else {
        cut(withoutNarrow(changed), WIDTH_MAX, to);
      }
    }

    /** Joins each child that is too narrow with a neighbour. */
    private static <K> List<Node<K>> withoutNarrow(List<Node<K>> nodes) {
      if (nodes.stream().noneMatch(Inner::isNarrow)) {
        return nodes;
      }
      List<Node<K>> wide = new ArrayList<>(nodes.size());
      for (Node<K> node : nodes) {
        int last = wide.size() - 1;
        if (last >= 0 && (isNarrow(node) || isNarrow(wide.get(last)))) {
          wide.remove(last).join(node, wide);
        } else {
          wide.add(node);
        }
      }
      return wide;
    }

    private static boolean isNarrow(Node<?> node) {
      return node.keys.length() < WIDTH_MIN;
    }

    @Override
    void join(Node<K> right, List<Node<K>> to) {
      List<Node<K>> all = new ArrayList<>(Arrays.asList(children));
      all.addAll(Arrays.asList(((Inner<K>) right).children));
      cut(all, WIDTH_MAX, to);
    }
  }

  private static <T> T[] replaced(T[] array, int at, T now) {
    T[] copy = array.clone();
    copy[at] = now;
    return copy;
  }
}
