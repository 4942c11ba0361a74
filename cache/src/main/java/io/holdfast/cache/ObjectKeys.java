package io.holdfast.cache;

import java.util.Arrays;

/** Keys as objects, in their natural order. */
@SuppressWarnings("unchecked") // all keys of a map are of its type
final class ObjectKeys<K extends Comparable<? super K>> implements Keys<K> {
  private static final ObjectKeys<?> NONE = new ObjectKeys<>(new Object[0]);

  private final Object[] keys;

  private ObjectKeys(Object[] keys) {
    this.keys = keys;
  }

  static <K extends Comparable<? super K>> ObjectKeys<K> none() {
    return (ObjectKeys<K>) NONE;
  }

  @Override
  public int length() {
    return keys.length;
  }

  @Override
  public K get(int at, PersistentMap.Node<K> node) {
    return (K) keys[at];
  }

  @Override
  public int compare(K key, int at, PersistentMap.Node<K> node) {
    return key.compareTo((K) keys[at]);
  }

  @Override
  public int find(K key, int from, PersistentMap.Node<K> node) {
    return Arrays.binarySearch(keys, from, keys.length, key);
  }

  @Override
  public Keys<K> with(int at, Keys<K> first) {
    Object now = ((ObjectKeys<K>) first).keys[0];
    if (keys[at] == now) {
      return this;
    }
    Object[] copy = keys.clone();
    copy[at] = now;
    return new ObjectKeys<>(copy);
  }

  @Override
  public Keys.Builder<K> builder(int lengthMax) {
    return new Builder<>(lengthMax);
  }

  private static final class Builder<K extends Comparable<? super K>> implements Keys.Builder<K> {
    private final Object[] keys;
    private int length;

    Builder(int lengthMax) {
      keys = new Object[lengthMax];
    }

    @Override
    public Builder<K> append(K key) {
      keys[length++] = key;
      return this;
    }

    @Override
    public Builder<K> append(Keys<K> more, int from, int end) {
      System.arraycopy(((ObjectKeys<K>) more).keys, from, keys, length, end - from);
      length += end - from;
      return this;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public Keys<K> build() {
      return new ObjectKeys<>(length == keys.length ? keys : Arrays.copyOf(keys, length));
    }
  }
}
