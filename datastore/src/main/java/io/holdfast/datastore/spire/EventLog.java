package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.View;
import io.holdfast.datastore.spire.EventNumbers.Numbered;
import io.holdfast.datastore.spire.Events.Event;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * The stored events of one kind.
 *
 * @param form how their records look
 * @param <M> the records' message
 */
record EventLog<M extends MessageLite>(
    Datastore datastore, InstantSource clock, ItemType<M> type, Form<M> form) {
  private static final int PRUNED_AT_ONCE = 2_000;

  /**
   * How the records of a kind of event look.
   *
   * @param <M> their message
   */
  interface Form<M> {
    M create(String key, String subject, long createdAtMillis);

    /** The same as the last one that was pruned. */
    M pruned(M event, long number);

    boolean isPruned(M event);

    /** The number that stands in it; 0 if none does. */
    long ownNumber(M event);

    String subject(M event);

    long createdAtMillis(M event);
  }

  private EventNumbers<M> numbers(View view) {
    return new EventNumbers<>(view, type, form::ownNumber);
  }

  void add(ItemTransaction tx, String subject) {
    tx.create(type, form.create(Events.randomKey(), subject, clock.millis()));
  }

  /** The events between two numbers, both unsigned and exclusive. */
  List<Event> list(Freshness freshness, long greaterThan, long lessThan) {
    View view = datastore.at(freshness);
    List<Event> events = new ArrayList<>();
    if (greaterThan < 0 || greaterThan == Long.MAX_VALUE) {
      return events; // no number is as high
    }
    for (Numbered<M> event : numbers(view).from(greaterThan + 1, Long.MAX_VALUE)) {
      if (Long.compareUnsigned(event.number(), lessThan) >= 0) {
        break;
      }
      if (!form.isPruned(event.message())) {
        events.add(shown(event));
      }
    }
    return events;
  }

  private Event shown(Numbered<M> event) {
    return new Event(event.number(), form.subject(event.message()));
  }

  /** The event with a number (unsigned). */
  Event fetch(long number) {
    if (number < 0) {
      throw Refusal.notFound(); // no number is as high
    }
    View view = datastore.at(Freshness.LINEARIZABLE);
    return numbers(view).from(number, 1).stream()
        .filter(event -> event.number() == number && !form.isPruned(event.message()))
        .map(this::shown)
        .findFirst()
        .orElseThrow(Refusal::notFound);
  }

  void prune(Duration olderThan) {
    Instant before = clock.instant().minus(olderThan);
    Batches.run(datastore, PRUNED_AT_ONCE, (tx, most) -> prune(tx, before, most));
  }

  /** Deletes the first events, but lets the last of them stay for its number. */
  private int prune(ItemTransaction tx, Instant before, int most) {
    int pruned = 0;
    Numbered<M> last = null;
    for (Numbered<M> event : numbers(tx.view()).from(0, most + 1L)) {
      boolean wasLast = form.isPruned(event.message());
      boolean isOld = Instant.ofEpochMilli(form.createdAtMillis(event.message())).isBefore(before);
      if (pruned == most || !wasLast && !isOld) {
        break;
      }
      if (last != null) {
        tx.delete(type, type.id(last.message()));
      }
      last = event;
      pruned += wasLast ? 0 : 1;
    }
    if (pruned > 0) {
      tx.put(type, form.pruned(last.message(), last.number()));
    }
    return pruned;
  }
}
