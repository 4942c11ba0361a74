package io.holdfast.migrate;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.Message;

/**
 * One record of a legacy SPIRE database, put together from its rows.
 *
 * @param table the table of the record's main row, which decides the message: {@code BUNDLES} a
 *     Bundle, {@code ENTRIES} a RegistrationEntry, {@code NODES} an AttestedNode with its
 *     selectors, {@code NODE_SELECTORS} the NodeSelectors of an id without a node, {@code
 *     JOIN_TOKENS} a JoinToken, {@code FEDERATION} a FederationRelationship, {@code CA_JOURNALS} a
 *     CAJournal, {@code ENTRY_EVENTS} a RegistrationEntryEvent, {@code NODE_EVENTS} an
 *     AttestedNodeEvent
 * @param rowId id of the main row, above 0; of the first row for {@code NODE_SELECTORS}
 * @param message the record
 */
record LegacyRecord(LegacyTable table, long rowId, Message message) {
  LegacyRecord {
    requireNonNull(table);
    requireNonNull(message);
  }
}
