package io.holdfast.datastore.spire;

import java.util.List;

/**
 * A page of a list, in the order of creation.
 *
 * <p>Every page but the last is full. The last one has a token as well, which leads to an empty
 * page, since SPIRE's own lists end so.
 *
 * @param items the items
 * @param token asks for the next page; empty when this one is
 * @param <M> the items' type
 */
public record Paged<M>(List<M> items, String token) {
  /** Copies the items. */
  public Paged {
    items = List.copyOf(items);
  }
}
