package io.holdfast.datastore;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One page of a list, in creation order.
 *
 * <p>Turning pages until {@link #next} is empty gives every item that existed all the while exactly
 * once, in order, whatever is created or deleted meanwhile.
 *
 * @param <M> the message
 */
public final class Slice<M> {
  private final List<M> items;
  private final String next;

  Slice(List<M> items, String next) {
    this.items = List.copyOf(items);
    this.next = next;
  }

  /** The items. */
  public List<M> items() {
    return items;
  }

  /** Opaque text that asks for the next page; empty behind the last item. */
  public Optional<String> next() {
    return Optional.ofNullable(next);
  }

  @Override
  public String toString() {
    return items.size() + " items" + (Objects.isNull(next) ? "" : ", and more");
  }
}
