package io.holdfast.migrate;

import java.sql.SQLException;

/**
 * A cursor over rows that belong to records, moved in step with the cursor over the records.
 *
 * <p>The merge step of a sort-merge join: both sides come in the order of the record's row id, so
 * each row is looked at once, and no row but the current one is in memory. Rows without a record
 * are met on the way. Rows that name no record at all may stand at either end: NULL, and what is no
 * whole number, which SQLite keeps too.
 */
final class LegacyParts implements AutoCloseable {
  private final LegacyRows rows;
  private final String recordColumn;
  private final RowAction orphan;
  private boolean live;

  /**
   * Starts in front of the first row.
   *
   * @param rows ordered by {@code recordColumn}
   * @param recordColumn the row id of the record
   * @param orphan takes the rows of records that were never asked for
   */
  LegacyParts(LegacyRows rows, String recordColumn, RowAction orphan) throws SQLException {
    this.rows = rows;
    this.recordColumn = recordColumn;
    this.orphan = orphan;
    this.live = rows.next();
  }

  /** Hands out the rows of a record; to be asked in ascending order of ids. */
  void of(long recordId, RowAction own) throws SQLException {
    while (live && rows.number(recordColumn) <= recordId) {
      boolean isOwn = rows.number(recordColumn) == recordId && rows.isWhole(recordColumn);
      (isOwn ? own : orphan).on(rows);
      live = rows.next();
    }
  }

  /** Hands out what no record asked for; to be called after the last record. */
  void rest() throws SQLException {
    while (live) {
      orphan.on(rows);
      live = rows.next();
    }
  }

  @Override
  public void close() throws SQLException {
    rows.close();
  }

  /** Does something with the current row. */
  @FunctionalInterface
  interface RowAction {
    void on(LegacyRows row) throws SQLException;
  }
}
