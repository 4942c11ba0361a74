package io.holdfast.migrate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Writes records the way the truth files hold them; to be given bundles first. */
final class LegacyTruth {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();
  private static final Map<LegacyTable, String> KINDS =
      Map.of(
          LegacyTable.BUNDLES, "bundle",
          LegacyTable.ENTRIES, "entry",
          LegacyTable.NODES, "node",
          LegacyTable.NODE_SELECTORS, "node_selectors",
          LegacyTable.JOIN_TOKENS, "join_token",
          LegacyTable.FEDERATION, "federation",
          LegacyTable.CA_JOURNALS, "ca_journal",
          LegacyTable.ENTRY_EVENTS, "entry_event",
          LegacyTable.NODE_EVENTS, "node_event");

  private final Map<String, JsonElement> bundles = new HashMap<>();

  JsonObject line(LegacyRecord record) {
    JsonObject line = new JsonObject();
    line.addProperty("kind", KINDS.get(record.table()));
    line.add("value", value(record.message()));
    // Once through text, so that numbers compare equal to parsed ones.
    return JsonParser.parseString(line.toString()).getAsJsonObject();
  }

  private JsonObject value(Message message) {
    JsonObject value = json(message);
    if (message instanceof Bundle bundle) {
      bundles.put(bundle.getTrustDomainId(), value);
    } else if (message instanceof JoinToken token) {
      value.addProperty("expiry", Instant.ofEpochSecond(token.getExpiry()).toString());
    } else if (message instanceof FederationRelationship relationship) {
      JsonElement bundle = bundles.get("spiffe://" + relationship.getTrustDomain());
      if (bundle != null) {
        value.add("trust_domain_bundle", bundle);
      }
    } else if (message instanceof CAJournal journal) {
      value.addProperty("id", journal.getId());
    } else if (message instanceof RegistrationEntryEvent event) {
      value.addProperty("event_id", event.getEventId());
      value.remove("created_at"); // SPIRE keeps it to itself
    } else if (message instanceof AttestedNodeEvent event) {
      value.addProperty("event_id", event.getEventId());
      value.remove("created_at"); // SPIRE keeps it to itself
    }
    return value;
  }

  private static JsonObject json(Message message) {
    try {
      return JsonParser.parseString(PRINTER.print(message)).getAsJsonObject();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
