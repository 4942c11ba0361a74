package io.holdfast.migrate;

import com.google.protobuf.Message;
import io.holdfast.migrate.LegacyReport.Dirt;
import io.holdfast.migrate.LegacyRows.BadRow;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** One record in the making: which rows went into it, and whether all that it needs are there. */
final class LegacyDraft {
  private final LegacyReport.Builder report;
  private final LegacyTable table;
  private final long rowId;
  private final Map<LegacyTable, Long> parts = new EnumMap<>(LegacyTable.class);
  private boolean whole = true;

  /**
   * Starts empty.
   *
   * @param main the row that gives the record its table and row id; it is not read yet
   */
  LegacyDraft(LegacyReport.Builder report, LegacyRows main) throws SQLException {
    this.report = report;
    this.table = main.table();
    this.rowId = main.number("id");
  }

  /** Takes a row without which there is no record, but for one that SPIRE does not show either. */
  void add(LegacyRows row, RowReading reading) throws SQLException {
    Optional<Dirt> dirt = tryAdd(row, reading);
    whole &= dirt.isEmpty() || dirt.get() == Dirt.NO_VALUE;
  }

  /** Takes a row; one that cannot be read is left out and reported, and tells why. */
  Optional<Dirt> tryAdd(LegacyRows row, RowReading reading) throws SQLException {
    try {
      reading.read(row);
      parts.merge(row.table(), 1L, Long::sum);
      return Optional.empty();
    } catch (BadRow e) {
      row.dirt(e.dirt(), e.getMessage());
      return Optional.of(e.dirt());
    }
  }

  /** Hands out the record, or reports its rows as skipped if one is lacking; tells which. */
  boolean finish(Supplier<Message> message, Consumer<LegacyRecord> records) {
    String name = table.sqlName() + " row " + rowId;
    parts.forEach(
        (part, count) -> {
          if (whole) {
            report.given(part, count);
          } else {
            report.dirt(part, Dirt.RECORD_SKIPPED, count, "of " + name);
          }
        });
    if (whole) {
      records.accept(new LegacyRecord(table, rowId, message.get()));
    }
    return whole;
  }

  /** Reads the current row into the record. */
  @FunctionalInterface
  interface RowReading {
    void read(LegacyRows row) throws SQLException, BadRow;
  }
}
