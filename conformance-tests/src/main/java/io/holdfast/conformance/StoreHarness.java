package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;

/**
 * One set of data of the store under test, empty at first: what the kit must know to open it, and
 * to let it meet with a restored backup.
 *
 * <p>The kit closes all handles before it calls {@link #save}, {@link #restore} or {@link #close},
 * and uses a harness from one thread.
 */
public interface StoreHarness extends AutoCloseable {
  /** The URL of the data; the kit adds options that every store has, such as a short history. */
  StoreConfig place();

  /**
   * Opens one more handle on the data. Several are open at the same time; data outlive them all, so
   * that closing the last one and opening again is a restart.
   *
   * @param place {@link #place} with options added
   */
  Backend open(StoreConfig place);

  /**
   * Whether commits that one handle combines may get one revision and become visible together (rule
   * C2).
   */
  default boolean sharesRevisions() {
    return false;
  }

  /** Keeps a copy of the data, as a backup does. */
  void save();

  /** Puts the saved copy back in place of the data, as an administrator does after a loss. */
  void restore();

  /** Deletes the data. */
  @Override
  void close();
}
