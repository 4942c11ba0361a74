package io.holdfast.migrate;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.holdfast.datastore.spire.Events;
import io.holdfast.datastore.spire.SpireDatastore;
import java.math.BigInteger;

/** The operations on events. */
final class EventOperations {
  private final SpireDatastore spire;

  EventOperations(SpireDatastore spire) {
    this.spire = spire;
  }

  void register(SpireOperations to) {
    register(to, "RegistrationEntryEvent", "entry_id", spire.entryEvents());
    register(to, "AttestedNodeEvent", "spiffe_id", spire.nodeEvents());
  }

  private static void register(SpireOperations to, String name, String subject, Events events) {
    to.answer(
        "List" + name + "s",
        "consistency greater_than_event_id less_than_event_id",
        a ->
            Json.field(
                "events",
                Json.list(
                    events.list(
                        SpireOperations.freshness(a),
                        a.uint64("greater_than_event_id"),
                        a.uint64("less_than_event_id")),
                    event -> json(subject, event))));
    to.act("Prune" + name + "s", "older_than", a -> events.prune(a.duration("older_than")));
    to.answer(
        "Fetch" + name,
        "event_id",
        a -> Json.field("event", json(subject, events.fetch(a.uint64("event_id")))));
  }

  private static JsonObject json(String subject, Events.Event event) {
    JsonObject json = new JsonObject();
    json.add("event_id", new JsonPrimitive(new BigInteger(Long.toUnsignedString(event.id()))));
    json.addProperty(subject, event.subject());
    return json;
  }
}
