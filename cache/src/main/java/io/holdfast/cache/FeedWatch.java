package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A watch of some ranges that takes its batches from the {@link Feed} of its store.
 *
 * <p>Where the feed is ahead of it, as when it begins in the past or was too slow, or does not
 * cover its ranges yet, it follows with a watch of its own until it can join. For one thread, which
 * also closes it.
 */
final class FeedWatch implements Watch {
  /** How often it is tried to join while nothing comes. */
  private static final Duration JOIN_PAUSE = Duration.ofMillis(20);

  /** Who is asked for a proof, and says nothing, is asked again. */
  private static final Duration PROOF_TIME_MAX = Duration.ofSeconds(5);

  /** How many batches that do not touch the ranges are passed over at once. */
  private static final int PASSED_MAX = 256;

  private final Store store;
  private final List<KeyRange> ranges;
  private Position last;
  private Feed feed; // null while it follows by itself
  private Feed.Place place;
  private Watch own; // null while it follows the feed
  private boolean closed;

  /** Whether it is to be asked if the last position is of the store's history. */
  private boolean doubted;

  /** What passes over the last position, while nobody has said if that is of the history. */
  private Optional<WatchBatch> unproven = Optional.empty();

  private boolean unanswered; // whether that was asked in vain

  private FeedWatch(Store store, List<KeyRange> ranges, Position after) {
    this.store = store;
    this.ranges = ranges;
    this.last = after;
  }

  /** Follows a store's ranges, which neither overlap nor touch, from a position on. */
  static FeedWatch open(Store store, List<KeyRange> ranges, Position after) {
    FeedWatch watch = new FeedWatch(store, ranges, after);
    if (!watch.join()) {
      watch.own = store.watch(ranges, after);
      watch.join();
    }
    return watch;
  }

  List<KeyRange> ranges() {
    return ranges;
  }

  private boolean join() {
    Watch mine = own;
    Feed found = Feed.of(store).orElse(null);
    if (found == null && mine != null) {
      found = Feed.begin(store, this, mine, last);
    }
    Optional<Feed.Place> joined = found == null ? Optional.empty() : found.join(this, last);
    if (joined.isPresent()) {
      place = joined.get();
      feed = found;
      own = null;
      if (mine != null && !found.isMadeOf(mine)) {
        mine.close();
      }
    }
    return joined.isPresent();
  }

  /** What lies between the last batch and this one and does not touch the ranges is passed over. */
  @Override
  public Optional<WatchBatch> next(Duration timeout) {
    if (closed) {
      throw new StoreException.Closed("the watch was closed");
    }
    Position from = last;
    Optional<WatchBatch> mine = take(Deadline.after(timeout));
    for (int i = 0; i < PASSED_MAX && mine.isPresent() && mine.get().isProgress(); i++) {
      Optional<WatchBatch> more = take(Deadline.after(Duration.ZERO));
      if (more.isEmpty()) {
        break;
      }
      mine = more;
    }
    return mine.map(batch -> new WatchBatch(from, batch.position(), batch.events()));
  }

  private Optional<WatchBatch> take(Deadline deadline) {
    do {
      doubted = doubted && !isProven(deadline);
      Optional<WatchBatch> batch =
          doubted ? Optional.empty() : feed == null ? takeOwn(deadline) : takeShared(deadline);
      if (batch.isPresent()) {
        last = batch.get().position();
        return batch;
      }
    } while (!deadline.hasPassed());
    return Optional.empty();
  }

  private Optional<WatchBatch> takeOwn(Deadline deadline) {
    if (join()) {
      return takeShared(deadline);
    }
    Duration rest = deadline.remaining();
    return own.next(rest.compareTo(JOIN_PAUSE) < 0 ? rest : JOIN_PAUSE);
  }

  private Optional<WatchBatch> takeShared(Deadline deadline) {
    Optional<WatchBatch> batch = unproven.isPresent() ? unproven : feed.next(this, place, deadline);
    if (batch.isEmpty()) {
      if (feed.hasLost(this)) {
        own = store.watch(ranges, last);
        feed = null;
      }
      return Optional.empty();
    }
    Position position = batch.get().position();
    if (position.isAfter(last)) {
      unproven = batch.get().previous().equals(last) ? Optional.empty() : batch;
      if (unproven.isPresent() && !isProven(deadline)) {
        return Optional.empty();
      }
      unproven = Optional.empty();
      return batch.map(this::mine);
    }
    if (position.revision().equals(last.revision()) && !position.equals(last)) {
      throw new StoreException.Diverged(
          "the store was followed to " + last + ", but its watch came by " + position);
    }
    return Optional.empty();
  }

  /**
   * Whether the store says that the last position is of its history; not if it says nothing, and is
   * to be asked again: to begin anew would be more work for a store that has trouble already.
   *
   * @throws StoreException.Diverged if it says that it is not
   */
  private boolean isProven(Deadline deadline) {
    try {
      Loader.present(store, ranges, last, Deadline.after(PROOF_TIME_MAX));
      unanswered = false;
    } catch (StoreException.Unavailable | StoreException.Timeout | StoreException.Unusable e) {
      unanswered = true;
      Feed.rest(deadline);
    }
    return !unanswered;
  }

  private WatchBatch mine(WatchBatch batch) {
    List<Event> events = batch.events().stream().filter(this::isMine).toList();
    return new WatchBatch(last, batch.position(), events);
  }

  private boolean isMine(Event event) {
    return ranges.stream().anyMatch(range -> range.contains(event.key()));
  }

  /** Has the store asked anew whether what was followed is its history. */
  void doubt() {
    if (feed != null) {
      feed.reopen();
      doubted = !place.position().equals(last); // the feed, which is elsewhere, does not ask
    } else {
      Watch anew = store.watch(ranges, last);
      own.close();
      own = anew;
    }
  }

  @Override
  public State state() {
    if (closed) {
      return State.ENDED;
    }
    return unanswered ? State.RETRYING : feed != null ? feed.state() : own.state();
  }

  @Override
  public void close() {
    closed = true;
    if (own != null) {
      own.close();
    }
    Optional<Feed> wanted = feed == null ? Feed.of(store) : Optional.of(feed);
    wanted.ifPresent(left -> left.leave(this));
  }
}
