package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.WatchBatch;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What it takes to compare a page is held for as long as that takes, and no longer. */
final class PageCheckTest {
  private static final Position FIRST = Position.of(1, 1);
  private static final Position NEVER = Position.of(1_000_000, 1);

  private final Shown shown = new Shown(ALL, null).loaded(FIRST, List.of(stored(1)));

  private static KeyValue stored(long revision) {
    return KeyValue.adopt(key(0), bytes("w" + revision), 1, revision);
  }

  private PageCheck<String> checkWithPatience(Duration patience) {
    return new PageCheck<>(
        shown.layout, shown.published, new Alerts(drift -> {}), true, position -> {}, patience);
  }

  @Test
  void pageOfAPositionThatNeverComesIsReadAnew() {
    PageCheck<String> check = checkWithPatience(Duration.ofMillis(20));
    check.begin(Deadline.after(LONG));
    assertFalse(check.compare(ALL, Page.last(List.of(), NEVER), Deadline.after(LONG)));
    check.end();
    check.begin(Deadline.after(LONG));
    assertTrue(check.compare(ALL, Page.last(List.of(stored(1)), FIRST), Deadline.after(LONG)));
    check.end();
  }

  @Test
  void whoHasLessTimeIsToldSo() {
    PageCheck<String> check = checkWithPatience(LONG);
    check.begin(Deadline.after(LONG));
    Page page = Page.last(List.of(), NEVER);
    Deadline soon = Deadline.after(Duration.ofMillis(20));
    assertThrows(StoreException.Timeout.class, () -> check.compare(ALL, page, soon));
    check.end();
  }

  @Test
  void whatWasKeptForAPageIsGarbageBehindIt() {
    shown.check.begin(Deadline.after(LONG));
    WeakReference<Snapshot<String>> kept = new WeakReference<>(shown.published.newest());
    Page page = Page.last(List.of(stored(1)), FIRST);
    assertTrue(shown.check.compare(ALL, page, Deadline.after(LONG)));
    shown.check.end();
    Position second = Position.of(2, 2);
    shown.published.advance(new WatchBatch(FIRST, second, List.of(Event.put(stored(2)))));
    Words.await(
        "nobody holds it",
        () -> {
          System.gc();
          return kept.refersTo(null);
        });
  }
}
