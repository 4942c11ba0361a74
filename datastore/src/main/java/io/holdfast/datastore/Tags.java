package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Entry;
import io.holdfast.store.Key;
import java.util.Arrays;

/**
 * What a change of an item can change the answer of: the look-up of its id, and of each value that
 * it has in an index. Numbers, of which some may be alike by chance.
 */
final class Tags {
  private Tags() {}

  static int ofItem(Key key) {
    return key.hashCode();
  }

  /**
   * The look-up of a value.
   *
   * @throws IllegalArgumentException if the query is another one
   */
  static int ofQuery(Query<?> query) {
    return ofValue(query.indexName(), query.value());
  }

  private static int ofValue(String indexName, Key value) {
    return 31 * indexName.hashCode() + value.hashCode();
  }

  /** All that an entry has. */
  static int[] of(Entry<Item<?>> entry) {
    return of(entry.key(), entry.value());
  }

  private static <M extends MessageLite> int[] of(Key key, Item<M> item) {
    ItemType<M> type = item.type();
    int[] tags = new int[8];
    int size = 0;
    tags[size++] = ofItem(key);
    for (Index<M> index : type.indexes()) {
      if (index.isInMemory()) {
        for (Object value : index.valuesOf(item.message())) {
          tags = size < tags.length ? tags : Arrays.copyOf(tags, 2 * size);
          tags[size++] = ofValue(type.nameOf(index), Index.keyOf(value));
        }
      }
    }
    return Arrays.copyOf(tags, size);
  }
}
