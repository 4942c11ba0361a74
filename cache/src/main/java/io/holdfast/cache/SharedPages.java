package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads pages of a store for all who verify against it: one that is read for one mirror is compared
 * with every other that holds any of it. One page is fetched at a time, so no two fetch the same.
 */
final class SharedPages {
  /** Who is not there yet when a page of somebody else has come reads its own. */
  private static final Duration OTHERS_WAIT_MAX = Duration.ofSeconds(1);

  /** While a page is fetched, every snapshot that the mirrors pass is kept. */
  private static final Duration FETCH_TIME_MAX = Duration.ofSeconds(30);

  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private record Fetched(KeyRange covered, Page page) {}

  private final Store store;
  private final Set<PageCheck<?>> members = ConcurrentHashMap.newKeySet();
  private final ReentrantLock fetching = new ReentrantLock();

  SharedPages(Store store) {
    this.store = store;
  }

  /** From now on this one is shown what is read for others. */
  void join(PageCheck<?> member) {
    members.add(member);
  }

  void leave(PageCheck<?> member) {
    members.remove(member);
  }

  /**
   * Reads the next page of a round, and has it compared.
   *
   * @return false when it could not be, and has to be read again
   */
  boolean compareNext(PageCheck<?> mine, Deadline deadline) {
    List<PageCheck<?>> begun = new ArrayList<>();
    try {
      Optional<Fetched> fetched = fetch(mine, begun, deadline);
      if (fetched.isEmpty()) {
        return true; // a page of somebody else was the last
      }
      while (begun.size() > 1) {
        PageCheck<?> other = begun.remove(1);
        try {
          show(fetched.get(), other);
        } finally {
          other.end();
        }
      }
      return mine.compare(fetched.get().covered, fetched.get().page, deadline);
    } finally {
      begun.forEach(PageCheck::end);
    }
  }

  private Optional<Fetched> fetch(PageCheck<?> mine, List<PageCheck<?>> begun, Deadline deadline) {
    PageCheck.lock(fetching, deadline);
    try {
      mine.begin(deadline);
      begun.add(mine);
      Optional<KeyRange> next = mine.next();
      return next.map(range -> fetch(range, begun, deadline));
    } finally {
      fetching.unlock();
    }
  }

  private Fetched fetch(KeyRange range, List<PageCheck<?>> begun, Deadline deadline) {
    members.stream()
        .filter(other -> other != begun.get(0) && begins(other, range))
        .forEach(begun::add);
    Duration rest = deadline.remaining();
    Duration patience = rest.compareTo(FETCH_TIME_MAX) < 0 ? rest : FETCH_TIME_MAX;
    Page page = store.within(patience).get(range, Verifier.PAGE_ENTRIES_MAX);
    return new Fetched(covered(range, page), page);
  }

  private static boolean begins(PageCheck<?> other, KeyRange range) {
    try {
      return other.tryBegin(range);
    } catch (StoreException.Closed e) {
      return false;
    }
  }

  /** The part of a range that a page is about. */
  private static KeyRange covered(KeyRange range, Page page) {
    Optional<Key> end = page.rest().flatMap(KeyRange::start);
    return end.isEmpty() ? range : KeyRange.of(range.start().orElse(Layout.SMALLEST), end.get());
  }

  /** What goes wrong there is not the matter of whoever has read the page. */
  private static void show(Fetched fetched, PageCheck<?> other) {
    try {
      other.compare(fetched.covered, fetched.page, Deadline.after(OTHERS_WAIT_MAX));
    } catch (StoreException.Interrupted e) {
      throw e;
    } catch (RuntimeException | Error e) {
      LOG.debug("A mirror could not be compared with another's page: {}", e.getClass());
    }
  }
}
