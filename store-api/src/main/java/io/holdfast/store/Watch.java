package io.holdfast.store;

import java.time.Duration;
import java.util.Optional;

/**
 * The commits above a position, in order, each one whole: pulled, so the consumer sets the pace.
 *
 * <p>Used by one thread at a time; {@link #close} and {@link #state} may be called from any thread.
 * A watch ends in one of three ways and says so from then on at every call: {@link
 * StoreException.TooOld}, {@link StoreException.Diverged} or {@link StoreException.Closed}. All
 * other trouble is retried inside, with growing pauses, and shows in {@link #state}.
 */
public interface Watch extends AutoCloseable {
  /** How a watch is doing. */
  enum State {
    /** Connected; commits arrive as they happen, or are read from history as fast as it goes. */
    FOLLOWING,
    /** The store does not answer; the watch keeps trying and will lose nothing. */
    RETRYING,
    /** Ended: too old, diverged or closed. */
    ENDED
  }

  /**
   * The next batch, waiting for it at most {@code timeout}.
   *
   * @return empty when the time passed and nothing is known that was not delivered already
   * @throws StoreException.TooOld when the history no longer reaches back to the last batch
   * @throws StoreException.Diverged when the store's history is not the one this watch followed
   * @throws StoreException.Closed when the watch or its store was closed
   * @throws StoreException.Interrupted when the thread was interrupted; the watch stays usable
   */
  Optional<WatchBatch> next(Duration timeout);

  /** How the watch is doing at this moment. */
  State state();

  /** Ends the watch; a thread that waits in {@link #next} gets {@link StoreException.Closed}. */
  @Override
  void close();
}
