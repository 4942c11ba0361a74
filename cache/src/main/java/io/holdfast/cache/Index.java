package io.holdfast.cache;

import io.holdfast.store.Key;
import java.util.Collection;
import java.util.Objects;
import java.util.function.Function;

/**
 * A secondary index of a mirror: derived from its entries, in the same snapshot as they.
 *
 * <p>An entry is found under each of its index keys, and entries with the same index key in the
 * order of their own keys. Index keys are usually tuples, so that {@code KeyRange.under(key)} finds
 * all that begin with some elements.
 *
 * <pre>{@code
 * new Index<Order>("customer", entry -> List.of(Key.of(entry.value().customer())))
 * }</pre>
 *
 * @param name unique within a mirror
 * @param keys the index keys of an entry: none, one or several; it must be a pure function, fast,
 *     and safe for use by many threads
 * @param <V> the decoded value's type
 */
public record Index<V>(String name, Function<Entry<V>, ? extends Collection<Key>> keys) {
  /** Checks that both are given. */
  public Index {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(keys, "keys");
  }
}
