package io.holdfast.migrate;

import io.holdfast.migrate.LegacyReport.Dirt;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/**
 * The rows of one query over a table, read once and forward.
 *
 * <p>NULL reads as the zero value of its type, as SPIRE reads it in columns that were added late.
 * Every row is counted in the report.
 */
final class LegacyRows implements AutoCloseable {
  private final LegacyTable table;
  private final LegacyReport.Builder report;
  private final ZoneId zone;
  private final LegacyPages pages;
  private ResultSet rows;

  /**
   * Starts in front of the first row.
   *
   * @param zone of times that name none
   */
  LegacyRows(LegacyTable table, LegacyReport.Builder report, ZoneId zone, LegacyPages pages) {
    this.table = table;
    this.report = report;
    this.zone = zone;
    this.pages = pages;
  }

  LegacyTable table() {
    return table;
  }

  boolean next() throws SQLException {
    while (rows == null || !rows.next()) {
      rows = pages.next();
      if (rows == null) {
        return false;
      }
    }
    report.row(table);
    return true;
  }

  boolean isNull(String column) throws SQLException {
    rows.getLong(column);
    return rows.wasNull();
  }

  /** Whether a column holds a whole number; what a driver makes of anything else may look so. */
  boolean isWhole(String column) throws SQLException {
    Object value = rows.getObject(column);
    return value instanceof Long || value instanceof Integer || value instanceof BigInteger;
  }

  long number(String column) throws SQLException {
    return rows.getLong(column);
  }

  /** Reads the id of the row, above 0; lists go by it. */
  long rowId() throws SQLException, BadRow {
    long id = number("id");
    if (id < 1) {
      throw new BadRow(Dirt.UNREADABLE, "the row's id is below 1", null);
    }
    return id;
  }

  /** Reads a whole number. SQLite keeps anything in any column, and drivers take that for 0. */
  long whole(String column) throws SQLException, BadRow {
    Object value = rows.getObject(column);
    if (value == null) {
      return 0;
    }
    if (value instanceof Long || value instanceof Integer) {
      return ((Number) value).longValue();
    }
    throw new BadRow(Dirt.UNREADABLE, column + " is no whole number", null);
  }

  /** Reads a whole number of 32 bits. */
  int small(String column) throws SQLException, BadRow {
    long value = whole(column);
    if (value != (int) value) {
      throw new BadRow(Dirt.UNREADABLE, column + " is larger than 32 bits", null);
    }
    return (int) value;
  }

  boolean flag(String column) throws SQLException, BadRow {
    Object value = rows.getObject(column);
    return value instanceof Boolean flag ? flag : whole(column) > 0;
  }

  /** Reads bytes; empty for NULL. */
  byte[] bytes(String column) throws SQLException {
    byte[] bytes = rows.getBytes(column);
    return bytes == null ? new byte[0] : bytes;
  }

  /** Reads text; empty for NULL. Not every database checks text, so it is checked here. */
  String text(String column) throws SQLException, BadRow {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(bytes(column));
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new BadRow(Dirt.UNREADABLE, column + " is not UTF-8 text", e);
    }
  }

  /** Reads text that identifies the record. */
  String idText(String column) throws SQLException, BadRow {
    String text = text(column);
    if (text.isEmpty()) {
      throw new BadRow(Dirt.NO_ID, column + " is empty", null);
    }
    return text;
  }

  /** Reads a time; empty for NULL, and for a text that is no time, which goes into the report. */
  Optional<Instant> time(String column) throws SQLException, BadRow {
    String text = text(column);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(LegacyTime.parse(text, zone));
    } catch (DateTimeException e) {
      dirt(Dirt.TIME_UNREADABLE, column);
      return Optional.empty();
    }
  }

  /** Notes what is wrong with the current row. */
  void dirt(Dirt dirt, String detail) throws SQLException {
    String name =
        table == LegacyTable.LINKS
            ? "entry " + number("registered_entry_id") + " to bundle " + number("bundle_id")
            : "row " + number("id");
    report.dirt(table, dirt, 1, name + ": " + detail);
  }

  @Override
  public void close() throws SQLException {
    pages.close();
  }

  /** A row that cannot become part of a record. */
  static final class BadRow extends Exception {
    private static final long serialVersionUID = 1L;

    private final Dirt dirt;

    BadRow(Dirt dirt, String message, Throwable cause) {
      super(message, cause);
      this.dirt = dirt;
    }

    Dirt dirt() {
      return dirt;
    }
  }
}
