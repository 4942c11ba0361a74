package io.holdfast.store.etcd;

import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.WatchResponse;
import io.holdfast.store.Event;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Puts events together that belong to one revision. Large answers come in fragments that may end
 * anywhere, also inside of a revision; only the last one has no mark.
 */
final class Assembler {
  /** The fields of newer servers that the stubs do not know. */
  static final int FRAGMENT_OF_REQUEST = 8;

  static final int FRAGMENT_OF_RESPONSE = 7;

  /** What an event takes beside key and value, about. */
  private static final int EVENT_BYTES = 150;

  /** What happened below the prefix at one revision. */
  static final class Changes {
    final long revision;
    final List<Event> events = new ArrayList<>();
    Guard guard;
    boolean guardDeleted;
    long bytes = EVENT_BYTES;

    Changes(long revision) {
      this.revision = revision;
    }

    /** Whether entries changed that no commit changed. */
    boolean isForeign() {
      return guardDeleted || (guard == null && !events.isEmpty());
    }
  }

  private final Layout layout;
  private Changes open;

  Assembler(Layout layout) {
    this.layout = layout;
  }

  /** Takes a message; returns the revisions that are complete with it, in order. */
  List<Changes> add(WatchResponse response) {
    List<Changes> complete = new ArrayList<>();
    for (var event : response.getEventsList()) {
      long revision = event.getKv().getModRevision();
      if (open != null && open.revision != revision) {
        complete.add(open);
        open = null;
      }
      if (open == null) {
        open = new Changes(revision);
      }
      add(event);
    }
    if (open != null && !isFragment(response)) {
      complete.add(open);
      open = null;
    }
    complete.forEach(changes -> changes.events.sort(Comparator.comparing(Event::key)));
    return complete;
  }

  private static boolean isFragment(WatchResponse response) {
    return response.getUnknownFields().getField(FRAGMENT_OF_RESPONSE).getVarintList().contains(1L);
  }

  private void add(io.etcd.jetcd.api.Event event) {
    KeyValue kv = event.getKv();
    boolean delete = event.getType() == io.etcd.jetcd.api.Event.EventType.DELETE;
    if (layout.isEntry(kv.getKey())) {
      open.events.add(delete ? Event.delete(layout.key(kv.getKey())) : Event.put(entry(kv)));
      open.bytes += EVENT_BYTES + kv.getKey().size() + kv.getValue().size();
    } else if (kv.getKey().equals(layout.guard())) {
      open.guard = delete ? null : Guard.of(kv);
      open.guardDeleted = delete;
    }
  }

  private io.holdfast.store.KeyValue entry(KeyValue kv) {
    return Entries.entry(layout, kv);
  }
}
