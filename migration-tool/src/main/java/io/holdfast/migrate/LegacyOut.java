package io.holdfast.migrate;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.SpireTypes;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes rows of SPIRE's tables out of records; the ids of rows are counted here. */
final class LegacyOut {
  private final Instant now;
  private final LegacyDialect dialect;
  private final ZoneId zone;
  private final Map<String, Long> lastIds = new HashMap<>();

  /**
   * Begins with empty tables.
   *
   * @param now when the rows are written
   * @param dialect of the database that gets the rows
   * @param zone in which that keeps times, if it keeps them without one
   */
  LegacyOut(Instant now, LegacyDialect dialect, ZoneId zone) {
    this.now = now;
    this.dialect = dialect;
    this.zone = zone;
  }

  /**
   * A row.
   *
   * @param values in the order of the table's columns; an Instant for a time
   */
  record Row(String table, List<Object> values) {}

  /**
   * A record.
   *
   * @param item what reading the rows gives
   */
  record Rows(SpireItem<?> item, List<Row> rows) {}

  /** The highest id that a table's rows have. */
  long lastId(String table) {
    return lastIds.getOrDefault(table, 0L);
  }

  /** Lets a table count on from an id that no row has any more. */
  void skipTo(String table, long id) {
    lastIds.merge(table, id, Math::max);
  }

  /** The id of the next record of a table: its own, or the next one if it was created here. */
  long idOf(String table, CreationOrder order) {
    return idOf(table, order.era() == 0 ? order.revision() : 0);
  }

  /** The id of the next record of a table: its own, or the next one if it has none that fits. */
  long idOf(String table, long own) {
    long id = own < 1 || own > dialect.idMax() ? lastId(table) + 1 : own;
    skipTo(table, id);
    return id;
  }

  private Row row(String table, long id, Instant created, Object... values) {
    List<Object> all = new ArrayList<>(List.of(id, created, now));
    all.addAll(Arrays.asList(values));
    return new Row(table, all);
  }

  /** The next row of a table whose rows are parts of records. */
  private Row part(String table, Object... values) {
    return row(table, lastIds.merge(table, 1L, Long::sum), now, values);
  }

  Rows bundle(long id, Bundle bundle) {
    return new Rows(
        new SpireItem<>(SpireTypes.BUNDLE, id, bundle),
        List.of(row("bundles", id, now, bundle.getTrustDomainId(), bundle.toByteArray())));
  }

  /**
   * An entry with its parts.
   *
   * @param bundles the ids of the bundles that it federates with, by trust domain; all are there
   */
  Rows entry(long id, RegistrationEntry given, Map<String, Long> bundles) {
    Instant created = time(given.getCreatedAt());
    RegistrationEntry entry = given.toBuilder().setCreatedAt(created.getEpochSecond()).build();
    List<Row> rows = new ArrayList<>();
    rows.add(
        row(
            "registered_entries",
            id,
            created,
            entry.getEntryId(),
            entry.getSpiffeId(),
            entry.getParentId(),
            entry.getX509SvidTtl(),
            entry.getAdmin(),
            entry.getDownstream(),
            entry.getEntryExpiry(),
            entry.getRevisionNumber(),
            entry.getStoreSvid(),
            entry.getHint(),
            entry.getJwtSvidTtl(),
            entry.hasAdditionalAttributes()
                ? entry.getAdditionalAttributes().toByteArray()
                : null));
    for (Selector selector : entry.getSelectorsList()) {
      rows.add(part("selectors", id, selector.getType(), selector.getValue()));
    }
    entry.getDnsNamesList().forEach(dnsName -> rows.add(part("dns_names", id, dnsName)));
    for (String domain : entry.getFederatesWithList()) {
      rows.add(new Row(LegacyTable.LINKS.sqlName(), List.of(bundles.get(domain), id)));
    }
    return new Rows(new SpireItem<>(SpireTypes.ENTRY, id, entry), rows);
  }

  Rows node(long id, AttestedNode given) {
    Instant end = time(given.getCertNotAfter());
    Instant newEnd = given.getNewCertNotAfter() == 0 ? null : time(given.getNewCertNotAfter());
    AttestedNode node =
        given.toBuilder()
            .setCertNotAfter(end.getEpochSecond())
            .setNewCertNotAfter(newEnd == null ? 0 : newEnd.getEpochSecond())
            .build();
    Row row =
        row(
            "attested_node_entries",
            id,
            now,
            node.getSpiffeId(),
            node.getAttestationDataType(),
            node.getCertSerialNumber(),
            end,
            node.getNewCertSerialNumber(),
            newEnd,
            node.getCanReattest(),
            node.getAgentVersion());
    return new Rows(new SpireItem<>(SpireTypes.NODE, id, node), List.of(row));
  }

  /** The selectors of an agent, which have no number of their own there. */
  Rows nodeSelectors(NodeSelectors node) {
    List<Row> rows = new ArrayList<>();
    for (Selector selector : node.getSelectorsList()) {
      rows.add(
          part(
              "node_resolver_map_entries",
              node.getSpiffeId(),
              selector.getType(),
              selector.getValue()));
    }
    return new Rows(new SpireItem<>(SpireTypes.NODE_SELECTORS, 0, node), rows);
  }

  Rows joinToken(long id, JoinToken token) {
    return new Rows(
        new SpireItem<>(SpireTypes.JOIN_TOKEN, id, token),
        List.of(row("join_tokens", id, now, token.getToken(), token.getExpiry())));
  }

  Rows federation(long id, FederationRelationship relationship) {
    Row row =
        row(
            "federated_trust_domains",
            id,
            now,
            relationship.getTrustDomain(),
            relationship.getBundleEndpointUrl(),
            relationship.getBundleEndpointProfile(),
            relationship.getEndpointSpiffeId(),
            false);
    return new Rows(new SpireItem<>(SpireTypes.FEDERATION, id, relationship), List.of(row));
  }

  Rows journal(long id, CAJournal journal) {
    CAJournal renumbered = journal.toBuilder().clearKey().setId(id).build();
    Row row =
        row(
            "ca_journals",
            id,
            now,
            journal.getData().toByteArray(),
            journal.getActiveX509AuthorityId(),
            "");
    return new Rows(new SpireItem<>(SpireTypes.CA_JOURNAL, id, renumbered), List.of(row));
  }

  Rows entryEvent(long id, RegistrationEntryEvent event) {
    Instant created = time(Instant.ofEpochMilli(event.getCreatedAt()));
    RegistrationEntryEvent numbered =
        event.toBuilder().clearKey().setEventId(id).setCreatedAt(created.toEpochMilli()).build();
    return new Rows(
        new SpireItem<>(SpireTypes.ENTRY_EVENT, id, numbered),
        List.of(row("registered_entries_events", id, created, event.getEntryId())));
  }

  Rows nodeEvent(long id, AttestedNodeEvent event) {
    Instant created = time(Instant.ofEpochMilli(event.getCreatedAt()));
    AttestedNodeEvent numbered =
        event.toBuilder().clearKey().setEventId(id).setCreatedAt(created.toEpochMilli()).build();
    return new Rows(
        new SpireItem<>(SpireTypes.NODE_EVENT, id, numbered),
        List.of(row("attested_node_entries_events", id, created, event.getSpiffeId())));
  }

  private Instant time(long seconds) {
    if (seconds < Instant.MIN.getEpochSecond() || seconds > Instant.MAX.getEpochSecond()) {
      throw unfit(seconds + " s");
    }
    return time(Instant.ofEpochSecond(seconds));
  }

  /** What is read of a time; throws if the database has no form for it that SPIRE reads. */
  private Instant time(Instant time) {
    if (time.isBefore(dialect.earliest()) || time.isAfter(dialect.latest())) {
      throw unfit(time.toString());
    }
    return dialect.kept(time, zone);
  }

  private static IllegalArgumentException unfit(String time) {
    return new IllegalArgumentException("its columns have no form for a time of " + time);
  }
}
