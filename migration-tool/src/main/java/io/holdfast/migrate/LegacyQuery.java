package io.holdfast.migrate;

/**
 * A query whose rows are wanted in ascending order of a number.
 *
 * @param table the table that the rows are counted for
 * @param select columns and tables, without condition and order
 * @param key the number
 * @param keyTable the table that the number is in, under the name that {@code key} uses
 * @param then the order of rows with the same number
 * @param choice which numbers are wanted
 */
record LegacyQuery(
    LegacyTable table,
    String select,
    String key,
    String keyTable,
    String then,
    LegacyChoice choice) {
  /** All rows that are wanted; the place of those without the number is either end. */
  String all() {
    return select + choice.where("WHERE", key) + order();
  }

  /** The rows without the number. */
  String withoutKey() {
    return select + " WHERE " + key + " IS NULL ORDER BY " + then;
  }

  /** The number of the row that stands a given number of rows after another number. */
  String bound() {
    return "SELECT %1$s FROM %2$s WHERE %1$s > ? ORDER BY %1$s LIMIT 1 OFFSET %3$d"
        .formatted(key, keyTable, table.rowsAtOnce() - 1);
  }

  /** The rows above one number and up to another. */
  String between() {
    return "%s WHERE %2$s > ? AND %2$s <= ?%3$s".formatted(select, key, order());
  }

  /** The rows above a number. */
  String after() {
    return "%s WHERE %s > ?%s".formatted(select, key, order());
  }

  private String order() {
    return " ORDER BY " + key + ", " + then;
  }
}
