package io.holdfast.migrate;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.migrate.LegacyChoice.Range;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows one of SPIRE's two event tables: whatever an event tells of is read as it is now and put
 * into a replica, then the event itself.
 */
final class EventTail {
  private static final int IDS_AT_ONCE = 10_000;

  private final LegacyTable table;
  private final Duration patience;
  private final InstantSource clock;
  private final EventGaps gaps = new EventGaps();

  /**
   * Begins in front of the first event.
   *
   * @param table of the events of entries, or of nodes
   * @param patience how long a missing id is waited for
   */
  EventTail(LegacyTable table, Duration patience, InstantSource clock) {
    this.table = table;
    this.patience = patience;
    this.clock = clock;
  }

  /** What was seen, and what is missing. */
  EventGaps gaps() {
    return gaps;
  }

  /** Whether ids were seen above all that are there, as after a restore: they will come again. */
  boolean isAheadOf(LegacyLookup source) {
    long newest = source.newestEvent(table);
    return newest > 0 && newest < gaps.newest();
  }

  /** Takes all events that are there for known. */
  void begin(LegacyLookup source) {
    List<Long> ids = source.eventIds(table, gaps.newest(), IDS_AT_ONCE);
    while (!ids.isEmpty()) {
      Instant now = clock.instant();
      ids.forEach(id -> gaps.see(id, now));
      ids = source.eventIds(table, gaps.newest(), IDS_AT_ONCE);
    }
  }

  /** Brings all that the new events tell of; how many events there were. */
  long follow(LegacyLookup source, ReplicaItems replica, Stop stop) {
    long events = 0;
    for (List<Range> missing : gaps.missing()) {
      events += bring(source, replica, missing, stop);
    }
    List<Long> ids = source.eventIds(table, gaps.newest(), LegacyLookup.MOST);
    while (!ids.isEmpty()) {
      Range range = new Range(ids.get(0), ids.get(ids.size() - 1));
      events += bring(source, replica, List.of(range), stop);
      seeUnreadable(ids);
      ids = source.eventIds(table, gaps.newest(), LegacyLookup.MOST);
    }
    gaps.giveUp(patience, clock.instant());
    return events;
  }

  private long bring(LegacyLookup source, ReplicaItems replica, List<Range> ranges, Stop stop) {
    List<SpireItem<?>> events = new ArrayList<>();
    source.events(
        table,
        ranges,
        replica.of(
            event -> {
              if (gaps.isNew(event.number())) {
                events.add(event);
              }
            }));
    for (int done = 0; done < events.size(); done += LegacyLookup.MOST) {
      stop.check();
      bring(
          source, replica, events.subList(done, Math.min(events.size(), done + LegacyLookup.MOST)));
    }
    return events.size();
  }

  private void bring(LegacyLookup source, ReplicaItems replica, List<SpireItem<?>> events) {
    Set<String> subjects = new LinkedHashSet<>();
    events.forEach(event -> subjects.add(subject(event.message())));
    subjects.remove("");
    if (table == LegacyTable.ENTRY_EVENTS) {
      Found found = new Found(replica);
      source.entries(subjects, replica.of(found::put));
      found.deleteOthers(SpireTypes.ENTRY, subjects);
    } else {
      Found found = new Found(replica);
      source.nodes(subjects, replica.of(found::put));
      found.deleteOthers(SpireTypes.NODE, subjects);
      found.deleteOthers(SpireTypes.NODE_SELECTORS, subjects);
    }
    events.forEach(replica::put);
    replica.flush();
    // Not before: if the store could not be written, the events come again.
    Instant now = clock.instant();
    events.forEach(event -> gaps.see(event.number(), now));
  }

  /** What stands in their rows cannot be read now and will not be later. */
  private void seeUnreadable(List<Long> ids) {
    Instant now = clock.instant();
    ids.stream().filter(gaps::isNew).forEach(id -> gaps.see(id, now));
  }

  private static String subject(MessageLite event) {
    return event instanceof RegistrationEntryEvent entry
        ? entry.getEntryId()
        : ((AttestedNodeEvent) event).getSpiffeId();
  }

  /** What is still there of what events tell of. */
  private static final class Found {
    private final ReplicaItems replica;
    private final Map<ItemType<?>, Set<String>> ids = new HashMap<>();

    Found(ReplicaItems replica) {
      this.replica = replica;
    }

    void put(SpireItem<?> item) {
      replica.put(item);
      ids.computeIfAbsent(item.type(), type -> new HashSet<>()).add(item.id());
    }

    void deleteOthers(ItemType<?> type, Set<String> subjects) {
      Set<String> there = ids.getOrDefault(type, Set.of());
      subjects.stream().filter(id -> !there.contains(id)).forEach(id -> replica.delete(type, id));
    }
  }
}
