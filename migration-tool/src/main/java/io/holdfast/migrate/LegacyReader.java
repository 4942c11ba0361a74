package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.BOTH_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.BUNDLE_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.ENTRY_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.RECORD_SKIPPED;
import static io.holdfast.migrate.LegacyTable.BUNDLES;
import static io.holdfast.migrate.LegacyTable.CA_JOURNALS;
import static io.holdfast.migrate.LegacyTable.DNS_NAMES;
import static io.holdfast.migrate.LegacyTable.ENTRIES;
import static io.holdfast.migrate.LegacyTable.ENTRY_EVENTS;
import static io.holdfast.migrate.LegacyTable.FEDERATION;
import static io.holdfast.migrate.LegacyTable.JOIN_TOKENS;
import static io.holdfast.migrate.LegacyTable.LINKS;
import static io.holdfast.migrate.LegacyTable.NODES;
import static io.holdfast.migrate.LegacyTable.NODE_EVENTS;
import static io.holdfast.migrate.LegacyTable.NODE_SELECTORS;
import static io.holdfast.migrate.LegacyTable.SELECTORS;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.migrate.LegacyRows.BadRow;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads all records of a legacy database once.
 *
 * <p>One query per table, joined by moving their cursors in step ({@link LegacyParts}), instead of
 * queries per record. In memory are the record at hand and the ids of unreadable bundles.
 */
final class LegacyReader {
  private final LegacySource source;
  private final LegacySchema schema;
  private final LegacyReport.Builder report;
  private final Consumer<LegacyRecord> records;
  private final LegacyDoubles doubles;
  private final Set<Long> unreadableBundles = new HashSet<>();
  private LegacyChoice choice = LegacyChoice.ALL;

  LegacyReader(
      LegacySource source,
      LegacySchema schema,
      LegacyDoubles doubles,
      LegacyReport.Builder report,
      Consumer<LegacyRecord> records) {
    this.source = source;
    this.schema = schema;
    this.doubles = doubles;
    this.report = report;
    this.records = records;
  }

  void readAll() throws SQLException {
    readBundles();
    readEntries();
    readNodes();
    readSelectorsWithoutNode();
    readRows(JOIN_TOKENS, LegacyMessages::joinToken);
    readRows(FEDERATION, LegacyMessages::federation);
    readRows(CA_JOURNALS, LegacyMessages::journal);
    readRows(ENTRY_EVENTS, LegacyMessages::entryEvent);
    readRows(NODE_EVENTS, LegacyMessages::nodeEvent);
  }

  /** Reads the entries of some rows, and before them the bundles that these federate with. */
  void readEntries(Collection<Long> rows) throws SQLException {
    choice =
        LegacyChoice.ofQuery(
            "SELECT bundle_id FROM federated_registration_entries WHERE registered_entry_id IN ("
                + LegacyChoice.list(rows)
                + ")");
    readBundles();
    choice = LegacyChoice.of(rows);
    readEntries();
  }

  /** Reads the nodes of some rows. */
  void readNodes(Collection<Long> rows) throws SQLException {
    choice = LegacyChoice.of(rows);
    readNodes();
  }

  /** Reads the selectors of some rows, if their ids have no nodes. */
  void readSelectorsWithoutNode(Collection<Long> rows) throws SQLException {
    choice = LegacyChoice.of(rows);
    readSelectorsWithoutNode();
  }

  /** Reads the events of entries, or of nodes, that are chosen. */
  void readEvents(LegacyTable table, LegacyChoice chosen) throws SQLException {
    choice = chosen;
    readRows(table, table == ENTRY_EVENTS ? LegacyMessages::entryEvent : LegacyMessages::nodeEvent);
  }

  private void readBundles() throws SQLException {
    try (LegacyRows rows = rows(BUNDLES)) {
      while (rows.next()) {
        if (!giveRow(rows, LegacyMessages::bundle)) {
          unreadableBundles.add(rows.number("id"));
        }
      }
    }
  }

  private void readRows(LegacyTable table, Mapping mapping) throws SQLException {
    if (!schema.has(table)) {
      return;
    }
    try (LegacyRows rows = rows(table)) {
      while (rows.next()) {
        giveRow(rows, mapping);
      }
    }
  }

  private boolean giveRow(LegacyRows row, Mapping mapping) throws SQLException {
    try {
      long id = row.rowId();
      doubles.requireYoungest(row.table(), id);
      records.accept(new LegacyRecord(row.table(), id, mapping.map(row)));
      report.given(row.table(), 1);
      return true;
    } catch (BadRow e) {
      row.dirt(e.dirt(), e.getMessage());
      return false;
    }
  }

  private void readEntries() throws SQLException {
    try (LegacyRows rows = rows(ENTRIES);
        LegacyParts selectors = parts(SELECTORS);
        LegacyParts names = parts(DNS_NAMES);
        LegacyParts links = links()) {
      while (rows.next()) {
        readEntry(rows, selectors, names, links);
      }
      selectors.rest();
      names.rest();
      links.rest();
    }
  }

  private void readEntry(
      LegacyRows row, LegacyParts selectors, LegacyParts names, LegacyParts links)
      throws SQLException {
    long id = row.number("id");
    RegistrationEntry.Builder entry = RegistrationEntry.newBuilder();
    List<String> domains = new ArrayList<>();
    LegacyDraft draft = new LegacyDraft(report, row);
    draft.add(
        row,
        r -> {
          doubles.requireYoungest(ENTRIES, r.rowId());
          LegacyMessages.fillEntry(entry, r);
        });
    // An entry with fewer selectors would match more workloads, so it is whole or left out.
    selectors.of(id, part -> draft.add(part, r -> entry.addSelectors(LegacyMessages.selector(r))));
    names.of(id, part -> draft.add(part, r -> entry.addDnsNames(LegacyMessages.dnsName(r))));
    links.of(
        id,
        part -> {
          if (part.isNull("found")) {
            part.dirt(BUNDLE_MISSING, "no such bundle");
          } else if (isUnreadableBundle(part.number("bundle_id"))) {
            part.dirt(RECORD_SKIPPED, "the bundle cannot be read");
          } else {
            draft.add(part, r -> domains.add(r.text("trust_domain")));
          }
        });
    domains.sort(
        Comparator.comparing(
            ByteString::copyFromUtf8, ByteString.unsignedLexicographicalComparator()));
    draft.finish(
        () -> entry.addAllFederatesWith(domains.stream().distinct().toList()).build(), records);
  }

  /** Whether a link to this row leads nowhere; a double's leads to the row that is kept. */
  private boolean isUnreadableBundle(long id) {
    return unreadableBundles.contains(doubles.youngest(BUNDLES, id));
  }

  private void readNodes() throws SQLException {
    String select =
        "SELECT n.id AS node_id, %s FROM attested_node_entries n"
                .formatted(schema.selectList(NODE_SELECTORS, "s"))
            + " JOIN node_resolver_map_entries s ON "
            + source.dialect().same("s.spiffe_id", "n.spiffe_id");
    LegacyQuery ofNodes =
        new LegacyQuery(NODE_SELECTORS, select, "n.id", "attested_node_entries n", "s.id", choice);
    try (LegacyRows rows = rows(NODES);
        LegacyParts selectors = new LegacyParts(query(ofNodes), "node_id", row -> {})) {
      while (rows.next()) {
        AttestedNode.Builder node = AttestedNode.newBuilder();
        LegacyDraft draft = new LegacyDraft(report, rows);
        draft.add(
            rows,
            r -> {
              doubles.requireYoungest(NODES, r.rowId());
              LegacyMessages.fillNode(node, r);
            });
        long id = rows.number("id");
        boolean comeAgain = doubles.youngest(NODES, id) != id;
        // A node is kept with the selectors that can be read: it may be there because it is banned.
        selectors.of(
            id,
            part -> {
              if (comeAgain) {
                part.comesAgain();
              } else {
                draft.tryAdd(part, r -> node.addSelectors(LegacyMessages.selector(r)));
              }
            });
        draft.finish(node::build, records);
      }
    }
  }

  private void readSelectorsWithoutNode() throws SQLException {
    String withoutNode =
        "SELECT "
            + schema.selectList(NODE_SELECTORS, "s")
            + " FROM node_resolver_map_entries s LEFT JOIN attested_node_entries n ON "
            + source.dialect().same("s.spiffe_id", "n.spiffe_id")
            + " WHERE n.id IS NULL"
            + choice.where("AND", "s.id")
            + " ORDER BY "
            + source.dialect().byBytes("s.spiffe_id")
            + ", s.id";
    LegacyPages alone = new LegacyPages.Cursor(source, NODE_SELECTORS, withoutNode);
    try (LegacyRows rows = new LegacyRows(NODE_SELECTORS, report, source, alone)) {
      NodeSelectors.Builder group = NodeSelectors.newBuilder();
      LegacyDraft draft = null;
      while (rows.next()) {
        try {
          String id = rows.idText("spiffe_id");
          if (draft == null || !id.equals(group.getSpiffeId())) {
            finish(draft, group);
            group.clear().setSpiffeId(id);
            draft = new LegacyDraft(report, rows);
          }
          draft.tryAdd(rows, r -> group.addSelectors(LegacyMessages.selector(r)));
        } catch (BadRow e) {
          rows.dirt(e.dirt(), e.getMessage());
        }
      }
      finish(draft, group);
    }
  }

  /** Hands out the selectors of an id, if there are any that can be read. */
  private void finish(LegacyDraft draft, NodeSelectors.Builder group) {
    if (group.getSelectorsCount() > 0) {
      draft.finish(group::build, records);
    }
  }

  private LegacyRows rows(LegacyTable table) throws SQLException {
    return ordered(table, "t.id");
  }

  private LegacyRows ordered(LegacyTable table, String key) throws SQLException {
    String from = table.sqlName() + " t";
    String select = "SELECT " + schema.selectList(table, "t") + " FROM " + from;
    return query(new LegacyQuery(table, select, key, from, "t.id", choice));
  }

  private LegacyParts parts(LegacyTable table) throws SQLException {
    return new LegacyParts(
        ordered(table, "t.registered_entry_id"),
        "registered_entry_id",
        row -> row.dirt(ENTRY_MISSING, "entry " + row.number("registered_entry_id")));
  }

  private LegacyParts links() throws SQLException {
    String from = "federated_registration_entries l";
    String select =
        "SELECT %s, b.id AS found, b.trust_domain FROM %s LEFT JOIN bundles b ON b.id = l.bundle_id"
            .formatted(schema.selectList(LINKS, "l"), from);
    return new LegacyParts(
        query(new LegacyQuery(LINKS, select, "l.registered_entry_id", from, "l.bundle_id", choice)),
        "registered_entry_id",
        row -> row.dirt(row.isNull("found") ? BOTH_MISSING : ENTRY_MISSING, "no such entry"));
  }

  private LegacyRows query(LegacyQuery query) throws SQLException {
    LegacyPages pages = LegacyPages.of(source, query);
    return new LegacyRows(query.table(), report, source, pages);
  }

  /** Makes a record of the current row. */
  @FunctionalInterface
  private interface Mapping {
    Message map(LegacyRows row) throws SQLException, BadRow;
  }
}
