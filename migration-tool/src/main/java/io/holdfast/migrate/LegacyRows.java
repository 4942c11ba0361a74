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
import java.util.Optional;
import java.util.Set;

/**
 * The rows of one query over a table, read once and forward.
 *
 * <p>NULL reads as the zero value of its type, as SPIRE reads it in columns that were added late.
 * Every row is counted in the report.
 */
final class LegacyRows implements AutoCloseable {
  // The texts that SPIRE's language reads as such.
  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "FALSE", "false", "False");

  private final LegacyTable table;
  private final LegacyReport.Builder report;
  private final LegacySource source;
  private final LegacyPages pages;
  private ResultSet rows;
  private long lastRowId;

  /** Starts in front of the first row. */
  LegacyRows(
      LegacyTable table, LegacyReport.Builder report, LegacySource source, LegacyPages pages) {
    this.table = table;
    this.report = report;
    this.source = source;
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

  /** Takes back that the current row was read: it comes again with another record. */
  void comesAgain() {
    report.rowComesAgain(table);
  }

  boolean isNull(String column) throws SQLException {
    rows.getLong(column);
    return rows.wasNull();
  }

  /** Whether a column holds a whole number; what a driver makes of anything else may look so. */
  boolean isWhole(String column) throws SQLException {
    return isWhole(rows.getObject(column));
  }

  /** In whichever type a driver has for the width of a column, and for the options of its URL. */
  private static boolean isWhole(Object value) {
    return value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte
        || (value instanceof BigInteger big && big.bitLength() < Long.SIZE);
  }

  long number(String column) throws SQLException {
    return rows.getLong(column);
  }

  /** Reads the id of the row, above 0 and unlike the row's before; lists go by it. */
  long rowId() throws SQLException, BadRow {
    long id = number("id");
    if (id < 1) {
      throw new BadRow(Dirt.UNREADABLE, "the row's id is below 1", null);
    }
    if (id == lastRowId) {
      throw new BadRow(Dirt.UNREADABLE, "another row has the row's id", null);
    }
    lastRowId = id;
    return id;
  }

  /** Reads a whole number. SQLite keeps anything in any column, and drivers take that for 0. */
  long whole(String column) throws SQLException, BadRow {
    Object value = rows.getObject(column);
    if (value == null) {
      return 0;
    }
    if (isWhole(value)) {
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

  /** Reads a truth value, which is 0 or 1 where a database has none; SPIRE reads nothing else. */
  boolean flag(String column) throws SQLException, BadRow {
    Object value = rows.getObject(column);
    if (value == null) {
      return false;
    }
    if (value instanceof Boolean flag && source.dialect() == LegacyDialect.POSTGRESQL) {
      return flag;
    }
    // MySQL's are numbers, too, of which its driver makes truth values if its URL lets it.
    boolean isNumber = value instanceof Boolean || isWhole(value);
    String text = isNumber ? Long.toString(number(column)) : text(column);
    if (!TRUE.contains(text) && !FALSE.contains(text)) {
      throw new BadRow(Dirt.UNREADABLE, column + " is no truth value", null);
    }
    return TRUE.contains(text);
  }

  /** Reads bytes; empty for NULL. */
  byte[] bytes(String column) throws SQLException {
    byte[] bytes = rows.getBytes(column);
    return bytes == null ? new byte[0] : bytes;
  }

  /** Reads text; empty for NULL. */
  String text(String column) throws SQLException, BadRow {
    String text = textOrNull(column);
    return text == null ? "" : text;
  }

  /** Reads text or null. Not every database checks text, so it is checked here. */
  String textOrNull(String column) throws SQLException, BadRow {
    try {
      byte[] bytes = rows.getBytes(column);
      return bytes == null
          ? null
          : StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BadRow(Dirt.UNREADABLE, column + " is not UTF-8 text", e);
    }
  }

  /** Reads text that identifies the record. */
  String idText(String column) throws SQLException, BadRow {
    String text = text(column);
    if (source.dialect() == LegacyDialect.SQLITE && rows.getObject(column) instanceof byte[]) {
      // SQLite takes them for unlike the text of the same bytes, so nobody finds the record.
      throw new BadRow(Dirt.UNREADABLE, column + " holds bytes in the place of text", null);
    }
    if (text.isEmpty()) {
      throw new BadRow(Dirt.NO_ID, column + " is empty", null);
    }
    return text;
  }

  /** Reads a time; empty for NULL. What is no time is the year 1, and goes into the report. */
  Optional<Instant> time(String column) throws SQLException {
    byte[] text = rows.getBytes(column);
    if (text == null) {
      return Optional.empty();
    }
    try {
      String ascii = new String(text, StandardCharsets.ISO_8859_1);
      return Optional.of(LegacyTime.parse(ascii, source.dialect(), source.zone()));
    } catch (DateTimeException e) {
      dirt(Dirt.TIME_UNREADABLE, column);
      return Optional.of(LegacyTime.NONE);
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
