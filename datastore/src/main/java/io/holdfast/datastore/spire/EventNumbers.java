package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * The numbers of the events in a view.
 *
 * <p>Nobody counts when an event is written. The first events in the order of creation have numbers
 * of their own: they were brought along from elsewhere, or one is the last that was pruned. The
 * others are counted on from there, in the order of creation. Commits become visible in that order,
 * and only the first events are ever pruned, so a number stays for good, and no gap shows.
 *
 * @param <M> the events' message
 */
final class EventNumbers<M extends MessageLite> {
  private static final CreationOrder BEHIND_IMPORTED = new CreationOrder(1, 0, 0);

  private final View view;
  private final ItemType<M> type;
  private final ToLongFunction<M> ownNumber;

  private final long numbered; // how many events have a number of their own
  private final long base; // the last of these numbers

  /**
   * An event and its number.
   *
   * @param <M> the event's message
   */
  record Numbered<M extends MessageLite>(M message, long number) {}

  /**
   * The numbers of a type.
   *
   * @param ownNumber what stands in an event; 0 if nothing does
   */
  EventNumbers(View view, ItemType<M> type, ToLongFunction<M> ownNumber) {
    this.view = view;
    this.type = type;
    this.ownNumber = ownNumber;
    long imported = view.countBefore(type, BEHIND_IMPORTED);
    long last = ownNumberAt(Math.max(0, imported - 1));
    this.base = last;
    this.numbered = last == 0 ? 0 : Math.max(1, imported);
  }

  private long ownNumberAt(long index) {
    for (Placed<M> event : fromIndex(index)) {
      return ownNumber.applyAsLong(event.message());
    }
    return 0;
  }

  /** At most so many events with this number or a higher one, in their order. */
  List<Numbered<M>> from(long number, long most) {
    long index =
        number <= base
            ? view.countBefore(type, new CreationOrder(0, number, 0))
            : numbered + (number - base - 1);
    List<Numbered<M>> events = new ArrayList<>();
    for (Placed<M> event : fromIndex(index)) {
      if (events.size() == most) {
        break;
      }
      long own = ownNumber.applyAsLong(event.message());
      events.add(new Numbered<>(event.message(), own != 0 ? own : base + index - numbered + 1));
      index++;
    }
    return events;
  }

  /** The events behind so many others. */
  private Iterable<Placed<M>> fromIndex(long index) {
    if (index < 0 || index >= view.count(type.all())) {
      return List.of();
    }
    CreationOrder start = lastPlaceWithAtMost(index);
    long skipped = index - view.countBefore(type, start);
    return () -> {
      var events = view.walk(List.of(type.all()), start).placed().iterator();
      for (long i = 0; i < skipped; i++) {
        events.next();
      }
      return events;
    };
  }

  /** The beginning of the last commit before which there are at most so many events. */
  private CreationOrder lastPlaceWithAtMost(long events) {
    int era = 0;
    while (view.countBefore(type, new CreationOrder(era + 1, 0, 0)) <= events) {
      era++;
    }
    long low = 0;
    long high = Long.MAX_VALUE;
    while (low < high) {
      long middle = low + (high - low) / 2 + 1;
      if (view.countBefore(type, new CreationOrder(era, middle, 0)) <= events) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return new CreationOrder(era, low, 0);
  }
}
