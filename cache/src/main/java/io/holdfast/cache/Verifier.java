package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a mirror with its store, page by page, and with itself. One pass at a time.
 *
 * <p>A pass in the background does not read what was compared since the one before, because it was
 * read for another mirror.
 */
final class Verifier<V> implements Runnable {
  /** How a pass goes about it: how long to rest after a page. */
  interface Pace {
    void rest(Deadline deadline);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
  static final int PAGE_ENTRIES_MAX = 1000;

  private static final int ATTEMPTS_MAX = 10;
  private static final Duration RETRY_PAUSE = Duration.ofMillis(300);
  private static final Duration PASS_TIME_MAX = Duration.ofHours(6);

  private final Layout<V> layout;
  private final Published<V> published;
  private final PageCheck<V> pageCheck;
  private final SharedPages sharedPages;
  private final IndexCheck<V> indexCheck;
  private final VerifyPace timing;
  private final Runnable doubt;
  private final CountDownLatch stop;
  private final ReentrantLock onePass = new ReentrantLock();

  Verifier(
      Layout<V> layout,
      Published<V> published,
      PageCheck<V> pageCheck,
      SharedPages sharedPages,
      IndexCheck<V> indexCheck,
      VerifyPace timing,
      Runnable doubt,
      CountDownLatch stop) {
    this.layout = layout;
    this.published = published;
    this.pageCheck = pageCheck;
    this.sharedPages = sharedPages;
    this.indexCheck = indexCheck;
    this.timing = timing;
    this.doubt = doubt;
    this.stop = stop;
  }

  @Override
  public void run() {
    while (!hasToStopWithin(timing.untilNext())) {
      try {
        Verification done = verify(Deadline.after(PASS_TIME_MAX), this::restInBackground, false);
        timing.passed(done.isClean());
        LOG.debug("verified: {}", done);
      } catch (StoreException.Closed e) {
        return;
      } catch (StoreException.Interrupted e) {
        Thread.interrupted();
      } catch (RuntimeException | Error e) { // one bad pass is not the last one
        Trace.tell(
            () -> {
              String why = Trace.words(e, layout.hasSecrets());
              Throwable trace = Trace.of(e, layout.hasSecrets());
              LOG.warn("A verification pass could not be finished: {}", why, trace);
            });
      }
    }
  }

  private boolean hasToStopWithin(Duration pause) {
    try {
      return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return stop.getCount() == 0;
    }
  }

  private void restInBackground(Deadline deadline) {
    deadline.check("a verification pass");
    if (hasToStopWithin(timing.rest())) {
      throw new StoreException.Closed("the mirror was closed");
    }
  }

  /** One pass over everything, without rests. */
  Verification verifyNow(Deadline deadline) {
    return verify(deadline, whole -> whole.check("verification"), true);
  }

  private Verification verify(Deadline deadline, Pace pace, boolean anew) {
    try {
      if (!onePass.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Timeout("another verification pass is under way");
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted before verifying");
    }
    try {
      long begin = System.nanoTime();
      if (anew) {
        pageCheck.finish(deadline);
      }
      comparePages(deadline, pace);
      Tally tally = pageCheck.finish(deadline);
      indexCheck.run(tally, deadline, pace);
      return tally.result(Duration.ofNanos(System.nanoTime() - begin));
    } finally {
      onePass.unlock();
    }
  }

  private void comparePages(Deadline deadline, Pace pace) {
    int attempts = 0;
    while (pageCheck.next().isPresent()) {
      Snapshot<V> newest = published.awaitLoaded(deadline);
      if (sharedPages.compareNext(pageCheck, deadline)) {
        attempts = 0;
        pace.rest(deadline);
      } else if (++attempts < ATTEMPTS_MAX) {
        doubt.run();
        published.awaitOtherThan(newest, deadline, RETRY_PAUSE);
      } else {
        throw new StoreException.Unavailable(
            "the store's pages are of positions that the mirror does not come by, or it is being"
                + " loaded",
            null);
      }
    }
  }
}
