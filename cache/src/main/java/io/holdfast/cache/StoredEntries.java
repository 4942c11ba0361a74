package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Everything of the store that a snapshot knows in a range, decodable or not, by ascending key. */
final class StoredEntries<V> implements Iterator<KeyValue> {
  private final Cursor<Key, Entry<V>> decoded;
  private final Cursor<Key, KeyValue> refused;

  StoredEntries(Snapshot<V> snapshot, KeyRange range) {
    Key start = range.start().orElse(null);
    Key end = range.end().orElse(null);
    decoded = snapshot.items().cursor(start, end);
    refused = snapshot.undecodable().cursor(start, end);
  }

  @Override
  public boolean hasNext() {
    return decoded.hasNext() || refused.hasNext();
  }

  @Override
  public KeyValue next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    boolean refusedFirst =
        !decoded.hasNext()
            || (refused.hasNext() && refused.nextKey().compareTo(decoded.nextKey()) < 0);
    return refusedFirst ? refused.next() : decoded.next().stored();
  }
}
