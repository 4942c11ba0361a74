package io.holdfast.cache;

import io.holdfast.store.Key;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * An immutable hash map from keys to their entries, whose versions share what did not change: a
 * compressed hash array mapped trie (Steindorfer and Vinju, OOPSLA 2015).
 *
 * <p>Stands beside the ordered tree for the reads of single keys: it looks at one key instead of
 * comparing twenty. Each node has up to 32 slots, of which a bit in one of two maps tells whether
 * it holds an entry or another node; the entries stand at the front of the array and the nodes at
 * its back, in reverse. Keys whose hashes are equal in all 32 bits end in one node without maps.
 *
 * <p>An {@link Editor} changes a version into the next and copies each node once, however many
 * changes it is given: a node that it has made is its own until it is done.
 *
 * @param <V> the entries' decoded values
 */
final class HashTrie<V> {
  private static final int BITS = 5;
  private static final int MASK = (1 << BITS) - 1;
  private static final int HASH_BITS = 32;
  private static final HashTrie<?> EMPTY = new HashTrie<>(new Node(null, 0, 0, new Object[0]), 0);

  private final Node root;
  private final int size;

  private HashTrie(Node root, int size) {
    this.root = root;
    this.size = size;
  }

  @SuppressWarnings("unchecked") // it holds nothing
  static <V> HashTrie<V> empty() {
    return (HashTrie<V>) EMPTY;
  }

  /** How many entries there are. */
  int size() {
    return size;
  }

  /** Hands over all entries, in no particular order. */
  @SuppressWarnings("unchecked") // only entries of this type are put in
  void forEach(Consumer<Entry<V>> action) {
    root.forEach(entry -> action.accept((Entry<V>) entry));
  }

  /** The entry of a key, or null. */
  @SuppressWarnings("unchecked") // only entries of this type are put in
  Entry<V> get(Key key) {
    Node node = root;
    int hash = mix(key);
    for (int used = 0; used < HASH_BITS; used += BITS, hash >>>= BITS) {
      int bit = 1 << (hash & MASK);
      if ((node.entryMap & bit) != 0) {
        Entry<V> entry = (Entry<V>) node.content[node.entryAt(bit)];
        return entry.key().equals(key) ? entry : null;
      }
      if ((node.nodeMap & bit) == 0) {
        return null;
      }
      node = (Node) node.content[node.nodeAt(bit)];
    }
    int at = node.find(key);
    return at < 0 ? null : (Entry<V>) node.content[at];
  }

  /** A way to the next version; for one thread. */
  Editor<V> edit() {
    return new Editor<>(root, size);
  }

  /** The hash of a key's bytes is weak in its upper bits; multiplying spreads it. */
  private static int mix(Key key) {
    int hash = key.hashCode() * 0x9E3779B9;
    return hash ^ (hash >>> 16);
  }

  /** Changes made to a version, which itself stays as it is. */
  static final class Editor<V> {
    private Node root; // null when done: nodes refer to their editor, and should hold no version
    private int size;

    private Editor(Node root, int size) {
      this.root = root;
      this.size = size;
    }

    void put(Entry<V> entry) {
      root = root.put(this, entry, mix(entry.key()), 0);
    }

    void remove(Key key) {
      root = root.remove(this, key, mix(key), 0);
    }

    /** The version with all changes; the editor cannot be used any more. */
    HashTrie<V> done() {
      HashTrie<V> done = new HashTrie<>(root, size);
      root = null;
      return done;
    }
  }

  /** Up to 32 slots, or any number of entries whose hashes are equal. */
  private static final class Node {
    /** The editor that may still change this node. */
    final Editor<?> owner;

    int entryMap;
    int nodeMap;
    Object[] content;

    Node(Editor<?> owner, int entryMap, int nodeMap, Object[] content) {
      this.owner = owner;
      this.entryMap = entryMap;
      this.nodeMap = nodeMap;
      this.content = content;
    }

    int entryAt(int bit) {
      return Integer.bitCount(entryMap & (bit - 1));
    }

    int nodeAt(int bit) {
      return content.length - 1 - Integer.bitCount(nodeMap & (bit - 1));
    }

    void forEach(Consumer<Entry<?>> action) {
      for (Object one : content) {
        if (one instanceof Node node) {
          node.forEach(action);
        } else {
          action.accept((Entry<?>) one);
        }
      }
    }

    /** Where the key is in a node of equal hashes; negative if it is not. */
    int find(Key key) {
      for (int i = 0; i < content.length; i++) {
        if (((Entry<?>) content[i]).key().equals(key)) {
          return i;
        }
      }
      return -1;
    }

    Node put(Editor<?> editor, Entry<?> entry, int hash, int used) {
      if (used >= HASH_BITS) {
        int at = find(entry.key());
        if (at >= 0) {
          return replacing(editor, at, entry);
        }
        editor.size++;
        return with(editor, 0, 0, inserted(content, content.length, entry));
      }
      int bit = 1 << (hash & MASK);
      if ((nodeMap & bit) != 0) {
        int at = nodeAt(bit);
        Node child = (Node) content[at];
        return replacing(editor, at, child.put(editor, entry, hash >>> BITS, used + BITS));
      }
      int at = entryAt(bit);
      if ((entryMap & bit) == 0) {
        editor.size++;
        return with(editor, entryMap | bit, nodeMap, inserted(content, at, entry));
      }
      Entry<?> present = (Entry<?>) content[at];
      if (present.key().equals(entry.key())) {
        return replacing(editor, at, entry);
      }
      int presentHash = used + BITS >= HASH_BITS ? 0 : mix(present.key()) >>> (used + BITS);
      editor.size--; // counted again below
      Node both =
          new Node(editor, 0, 0, new Object[0])
              .put(editor, present, presentHash, used + BITS)
              .put(editor, entry, hash >>> BITS, used + BITS);
      return pushedDown(editor, bit, at, both);
    }

    /** A node takes the place of an entry. */
    private Node pushedDown(Editor<?> editor, int bit, int entryAt, Node child) {
      Object[] without = removed(content, entryAt);
      int behind = Integer.bitCount(nodeMap & (bit - 1));
      return with(
          editor,
          entryMap & ~bit,
          nodeMap | bit,
          inserted(without, without.length - behind, child));
    }

    Node remove(Editor<?> editor, Key key, int hash, int used) {
      if (used >= HASH_BITS) {
        int at = find(key);
        return at < 0 ? this : without(editor, 0, at);
      }
      int bit = 1 << (hash & MASK);
      if ((entryMap & bit) != 0) {
        int at = entryAt(bit);
        boolean found = ((Entry<?>) content[at]).key().equals(key);
        return found ? without(editor, entryMap & ~bit, at) : this;
      }
      if ((nodeMap & bit) == 0) {
        return this;
      }
      int at = nodeAt(bit);
      Node child = ((Node) content[at]).remove(editor, key, hash >>> BITS, used + BITS);
      if (child == content[at]) {
        return this;
      }
      return child.isSingle() ? pulledUp(editor, bit, at, child) : replacing(editor, at, child);
    }

    private Node without(Editor<?> editor, int entries, int at) {
      editor.size--;
      return with(editor, entries, nodeMap, removed(content, at));
    }

    /** Whether all that is left of this node is one entry, which then belongs one level up. */
    private boolean isSingle() {
      return content.length == 1 && nodeMap == 0;
    }

    /** An entry takes the place of a node that holds nothing else. */
    private Node pulledUp(Editor<?> editor, int bit, int nodeAt, Node child) {
      Object[] without = removed(content, nodeAt);
      return with(
          editor,
          entryMap | bit,
          nodeMap & ~bit,
          inserted(without, entryAt(bit), child.content[0]));
    }

    private Node replacing(Editor<?> editor, int at, Object now) {
      if (owner == editor) {
        content[at] = now;
        return this;
      }
      Object[] copy = content.clone();
      copy[at] = now;
      return new Node(editor, entryMap, nodeMap, copy);
    }

    private Node with(Editor<?> editor, int entries, int nodes, Object[] now) {
      if (owner != editor) {
        return new Node(editor, entries, nodes, now);
      }
      entryMap = entries;
      nodeMap = nodes;
      content = now;
      return this;
    }

    private static Object[] inserted(Object[] content, int at, Object one) {
      Object[] longer = Arrays.copyOf(content, content.length + 1);
      System.arraycopy(content, at, longer, at + 1, content.length - at);
      longer[at] = one;
      return longer;
    }

    private static Object[] removed(Object[] content, int at) {
      Object[] shorter = Arrays.copyOf(content, content.length - 1);
      System.arraycopy(content, at + 1, shorter, at, shorter.length - at);
      return shorter;
    }
  }
}
