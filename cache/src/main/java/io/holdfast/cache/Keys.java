package io.holdfast.cache;

/**
 * The keys of one node of a {@link PersistentMap}, in ascending order; immutable.
 *
 * <p>What a packed key does not hold itself lies in the node that it belongs to, which is handed in
 * where it may be needed.
 *
 * @param <K> the keys
 */
sealed interface Keys<K> permits ObjectKeys, PackedKeys {
  /** How many there are. */
  int length();

  /** One of them. */
  K get(int at, PersistentMap.Node<K> node);

  /** How a key compares with one of these. */
  int compare(K key, int at, PersistentMap.Node<K> node);

  /** Where a key is, from an index on; as {@link java.util.Arrays#binarySearch} says it. */
  int find(K key, int from, PersistentMap.Node<K> node);

  /**
   * The same keys but one, in whose place comes the first of others; itself if that is the same.
   */
  Keys<K> with(int at, Keys<K> first);

  /** Makes others of the same form. */
  Builder<K> builder(int lengthMax);

  /** The keys from one index to another one. */
  default Keys<K> slice(int from, int end) {
    return builder(end - from).append(this, from, end).build();
  }

  /** Takes keys in ascending order, and makes them the keys of a node; to be used once. */
  interface Builder<K> {
    Builder<K> append(K key);

    /** The keys of another node of the same map. */
    Builder<K> append(Keys<K> keys, int from, int end);

    /** How many there are so far. */
    int length();

    Keys<K> build();
  }
}
