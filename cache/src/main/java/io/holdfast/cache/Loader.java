package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Puts together an exact copy of ranges while writers write: no long transaction, no lock.
 *
 * <p>First a watch is opened at the head, then the ranges are read page by page. Each page is exact
 * at a position of its own; what the watch tells about a key from behind its page's position is
 * newer than the page, the rest is in the page already. Once the watch has passed the last page's
 * position, pages and events together are the store as of where the watch is. The watch is emptied
 * between pages, so that a short history does not run out, and of each key only the last event is
 * kept.
 *
 * <p>A page of a history that was lost meanwhile must not get in. So each page's position is either
 * one that the watch comes by, with the same token, or is presented to the store as soon as the
 * watch has passed it.
 *
 * <p>One load; for one thread.
 */
final class Loader {
  /**
   * An exact copy, and the watch that goes on from there.
   *
   * @param position where in the history the copy is exact
   * @param entries in ascending key order
   * @param deleted keys of which a copy that the load began with may have entries
   * @param watch has delivered everything up to the position
   * @param askedNanos a moment before the load, on this process's monotonic clock
   */
  record Loaded(
      Position position,
      List<KeyValue> entries,
      List<Key> deleted,
      FeedWatch watch,
      long askedNanos) {}

  private record Dated(Position position, Event event) {}

  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final Duration ANSWER_WAIT = Duration.ofSeconds(1);
  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(10);

  private final long askedNanos = System.nanoTime();
  private final Store store;
  private final List<KeyRange> ranges;
  private final UnaryOperator<KeyValue> keep;
  private final List<KeyValue> entries = new ArrayList<>();
  private final NavigableMap<Key, Dated> events = new TreeMap<>();

  /** For each page, where it is exact, under the key where it begins. */
  private final NavigableMap<Key, Position> pages = new TreeMap<>();

  /** Positions of pages that the watch has not reached yet. */
  private final NavigableMap<Revision, Position> unproven = new TreeMap<>();

  private Position watched;
  private Position lastPage;

  /**
   * Loads nothing yet.
   *
   * @param keep gives what is there already in the place of an equal entry, so that it is not held
   *     twice
   */
  Loader(Store store, List<KeyRange> ranges, UnaryOperator<KeyValue> keep) {
    this.store = store;
    this.ranges = ranges;
    this.keep = keep;
  }

  Loaded load() {
    Position head = store.status().head();
    return load(head, head, ranges);
  }

  /**
   * Loads what is missing of a copy that was exact once, and follows the store from there.
   *
   * @param base where the copy was exact
   * @param copied its entries, in ascending key order, as far as they are to be in what is loaded
   * @param covered what it is a copy of
   * @param head of the store, to which at least the load goes
   * @throws StoreException.TooOld when the history no longer reaches back to the base
   * @throws StoreException.Diverged when the base is not of the store's history
   */
  Loaded loadFrom(Position base, List<KeyValue> copied, List<KeyRange> covered, Position head) {
    present(store, ranges, base);
    entries.addAll(copied);
    covered.forEach(range -> pages.put(startOf(range), base));
    return load(base, head, Layout.minus(ranges, covered));
  }

  private Loaded load(Position from, Position head, List<KeyRange> missing) {
    watched = from;
    lastPage = head;
    FeedWatch watch = FeedWatch.open(store, ranges, watched);
    try {
      for (KeyRange range : missing) {
        read(range, watch);
      }
      entries.sort(Comparator.comparing(KeyValue::key)); // ascends already, but for what was copied
      while (lastPage.isAfter(watched)) {
        watch.next(WAIT).ifPresent(this::note);
      }
      events.entrySet().removeIf(event -> !isNewer(event.getKey(), event.getValue()));
      List<Key> deleted =
          events.values().stream()
              .filter(last -> last.event.isDelete())
              .map(last -> last.event.key())
              .toList();
      return new Loaded(watched, events.isEmpty() ? entries : merged(), deleted, watch, askedNanos);
    } catch (RuntimeException | Error e) {
      watch.close();
      throw e;
    }
  }

  private void read(KeyRange range, FeedWatch watch) {
    Optional<KeyRange> rest = Optional.of(range);
    while (rest.isPresent()) {
      Page page = store.get(rest.get());
      page.entries().forEach(entry -> entries.add(keep.apply(entry)));
      pages.put(startOf(rest.get()), page.position());
      if (lastPage.isAfter(page.position())) {
        throw new StoreException.Diverged(
            "a page is of " + page.position() + ", after one of " + lastPage);
      }
      lastPage = page.position();
      checkSame(unproven.put(lastPage.revision(), lastPage), lastPage);
      rest = page.rest();
      proveUpTo(watched);
      drain(watch);
    }
  }

  private static Key startOf(KeyRange range) {
    return range.start().orElse(Layout.SMALLEST);
  }

  private void drain(FeedWatch watch) {
    Optional<WatchBatch> batch = watch.next(Duration.ZERO);
    while (batch.isPresent()) {
      note(batch.get());
      batch = watch.next(Duration.ZERO);
    }
  }

  private void note(WatchBatch batch) {
    if (!batch.previous().equals(watched)) {
      throw new StoreException.Diverged(
          "a batch follows " + batch.previous() + ", the load is at " + watched);
    }
    watched = batch.position();
    batch.events().forEach(event -> events.put(event.key(), new Dated(watched, event)));
    proveUpTo(watched);
  }

  private void proveUpTo(Position stop) {
    NavigableMap<Revision, Position> passed = unproven.headMap(stop.revision(), true);
    for (Position page : passed.values()) {
      if (page.revision().equals(stop.revision())) {
        checkSame(page, stop);
      } else {
        present(store, ranges, page);
      }
    }
    passed.clear();
  }

  private static void checkSame(Position page, Position known) {
    if (page != null && !page.equals(known)) {
      throw new StoreException.Diverged(
          "a page is of " + page + ", but the store came by " + known);
    }
  }

  /** The same as below, for who waits as long as a store may take. */
  static void present(Store store, List<KeyRange> ranges, Position position) {
    present(store, ranges, position, Deadline.after(ANSWER_TIME_MAX));
  }

  /**
   * The store says whether this position is of its history: if not, that it diverged.
   *
   * <p>A watch that tells nothing has not said so: it may not have got an answer yet. What it tells
   * follows the position, and so proves it; behind the head, which is told apart, nothing comes.
   *
   * @throws StoreException.Timeout when the store did not say it in time
   */
  static void present(Store store, List<KeyRange> ranges, Position position, Deadline deadline) {
    try (Watch question = store.watch(ranges, position)) {
      Duration wait = Duration.ZERO;
      while (question.next(wait).isEmpty() && !isHead(store, position, deadline)) {
        deadline.check("asking whether " + position + " is of the store's history");
        Duration rest = deadline.remaining();
        wait = rest.compareTo(ANSWER_WAIT) < 0 ? rest : ANSWER_WAIT;
      }
    }
  }

  private static boolean isHead(Store store, Position position, Deadline deadline) {
    return store.within(deadline.remaining()).status().head().equals(position);
  }

  /** Whether an event came after the page on which its key was read, or found missing. */
  private boolean isNewer(Key key, Dated last) {
    return last.position.isAfter(pages.floorEntry(key).getValue());
  }

  /** The pages with the newer events, in key order. */
  private List<KeyValue> merged() {
    List<KeyValue> merged = new ArrayList<>(entries.size() + events.size());
    for (KeyValue entry : entries) {
      takeBefore(entry.key(), merged);
      if (!events.containsKey(entry.key())) {
        merged.add(entry);
      }
    }
    events.values().forEach(last -> last.event.now().ifPresent(merged::add));
    return merged;
  }

  private void takeBefore(Key key, List<KeyValue> to) {
    while (!events.isEmpty() && events.firstKey().compareTo(key) < 0) {
      events.pollFirstEntry().getValue().event.now().ifPresent(to::add);
    }
  }
}
