package io.holdfast.store;

import java.util.Optional;
import java.util.Set;

/**
 * Opens stores of one or more URL schemes; found by {@link java.util.ServiceLoader}, with the class
 * loader of the thread that opens one and with that of this library.
 *
 * <p>A provider is stateless and has a public constructor without arguments.
 */
public interface StoreProvider {
  /** The URL schemes this provider opens, in lower case, such as {@code sqlite}. */
  Set<String> schemes();

  /** The names of the URL options this provider knows, besides those that every store has. */
  Set<String> options();

  /**
   * Opens the store, creating it where that is possible.
   *
   * @throws StoreException.Unusable when the store cannot be used before somebody mends something
   * @throws StoreException.Unavailable when a later attempt may succeed
   */
  Backend open(StoreConfig config);

  /**
   * The limits of the store that {@link #open} would create, found out without creating it.
   *
   * @return empty if the store is there already, or if the provider cannot tell
   * @throws StoreException as {@link #open}
   */
  default Optional<Limits> limitsIfNew(StoreConfig config) {
    return Optional.empty();
  }
}
