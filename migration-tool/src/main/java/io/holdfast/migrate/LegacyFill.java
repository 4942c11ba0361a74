package io.holdfast.migrate;

import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.spire.SpireTypes;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Fills SPIRE's tables with records, many at once, each whole or not at all. What the database
 * refuses is left out and told.
 */
final class LegacyFill {
  /** The reason of what the database does not take. */
  static final String REFUSED = "REFUSED";

  private static final int RECORDS_AT_ONCE = 500;
  private static final long BYTES_AT_ONCE = 4 << 20;
  private static final int EXAMPLES_MAX = 5;

  private final LegacyTarget target;
  private final Progress progress;
  private final List<Pending> pending = new ArrayList<>();
  private final Map<ItemType<?>, RecordDigest> written = new LinkedHashMap<>();
  private final Map<ItemType<?>, Long> refused = new HashMap<>();
  private final Map<ItemType<?>, List<String>> examples = new LinkedHashMap<>();
  private final Map<String, Long> rows = new LinkedHashMap<>();
  private long pendingBytes;
  private final Map<String, Long> repeats = new LinkedHashMap<>();
  private long linksCut;

  LegacyFill(LegacyTarget target, Progress progress) {
    this.target = target;
    this.progress = progress;
    SpireTypes.all().forEach(type -> written.put(type, new RecordDigest()));
    LegacyDdl.tables().forEach(table -> rows.put(table, 0L));
  }

  private record Pending(LegacyOut.Rows record, Runnable accepted) {}

  /**
   * Adds a record; it is written now or with one of the next ones.
   *
   * @param accepted is run when the database has taken it
   */
  void add(LegacyOut.Rows record, Runnable accepted) throws SQLException {
    pending.add(new Pending(record, accepted));
    pendingBytes += record.item().message().getSerializedSize();
    progress.step();
    if (pending.size() == RECORDS_AT_ONCE || pendingBytes > BYTES_AT_ONCE) {
      flush();
    }
  }

  /** Writes what was added so far. */
  void flush() throws SQLException {
    List<Pending> batch = List.copyOf(pending);
    pending.clear();
    pendingBytes = 0;
    try {
      write(batch);
    } catch (SQLException e) {
      // One of them is at fault; which, shows when each is tried alone.
      for (Pending one : batch) {
        try {
          write(List.of(one));
        } catch (SQLException refusal) {
          if (!RowRefusal.is(refusal, target.dialect())) {
            throw refusal; // No room, no connection: the next ones might be taken again.
          }
          SpireItem<?> item = one.record().item();
          // A database may say which value it refuses.
          refuse(item, item.type().isSecret() ? "what it says is not shown" : refusal.getMessage());
        }
      }
    }
  }

  private void write(List<Pending> records) throws SQLException {
    target.whole(
        () -> {
          for (Pending one : records) {
            for (LegacyOut.Row row : one.record().rows()) {
              target.add(row);
            }
          }
        });
    for (Pending one : records) {
      SpireItem<?> item = one.record().item();
      written.get(item.type()).add(item.number(), item.message().toByteArray());
      one.record().rows().forEach(row -> rows.merge(row.table(), 1L, Long::sum));
      one.accepted().run();
    }
  }

  /** Notes that a record is left out. */
  void refuse(SpireItem<?> item, String why) {
    refused.merge(item.type(), 1L, Long::sum);
    List<String> some = examples.computeIfAbsent(item.type(), type -> new ArrayList<>());
    if (some.size() < EXAMPLES_MAX) {
      some.add(item + ": " + why.replaceAll("\\s*\\R\\s*", " "));
    }
  }

  /** Notes links to bundles that are left out. */
  void cut(long links) {
    linksCut += links;
  }

  /** Each part of a record once, as SPIRE's tables take them; notes what is left out by that. */
  <T> List<T> once(String table, List<T> parts) {
    List<T> once = parts.stream().distinct().toList();
    if (once.size() < parts.size()) {
      repeats.merge(table, (long) parts.size() - once.size(), Long::sum);
    }
    return once;
  }

  /** Lets every table count on, and commits; the version is not there yet. */
  void finish(LegacyOut out) throws SQLException {
    flush();
    rows.merge(LegacyDdl.MIGRATIONS, 1L, Long::sum);
    for (String table : LegacyDdl.tables()) {
      long last = table.equals(LegacyDdl.MIGRATIONS) ? 1 : out.lastId(table);
      target.countFrom(table, Math.min(last, target.dialect().idMax()));
    }
    target.commit();
  }

  /** Number and digest of what the database took. */
  RecordDigest written(ItemType<?> type) {
    return written.get(type);
  }

  long refused(ItemType<?> type) {
    return refused.getOrDefault(type, 0L);
  }

  long records() {
    return written.values().stream().mapToLong(RecordDigest::count).sum();
  }

  List<MigrationReport.Table> tables() {
    return rows.entrySet().stream()
        .map(table -> new MigrationReport.Table(table.getKey(), table.getValue(), table.getValue()))
        .toList();
  }

  List<MigrationReport.Skip> skips() {
    List<MigrationReport.Skip> skips = new ArrayList<>();
    examples.forEach(
        (type, some) ->
            skips.add(
                new MigrationReport.Skip(
                    type.name(), REFUSED, "is refused by the database", refused(type), some)));
    repeats.forEach(
        (table, count) ->
            skips.add(
                new MigrationReport.Skip(
                    table,
                    "REPEATED",
                    "is in its record more than once, and is written once",
                    count,
                    List.of())));
    if (linksCut > 0) {
      skips.add(
          new MigrationReport.Skip(
              LegacyTable.LINKS.sqlName(),
              "BUNDLE_REFUSED",
              "links an entry to a bundle that is not there",
              linksCut,
              List.of()));
    }
    return skips;
  }
}
