package io.holdfast.migrate;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What the databases that SPIRE can use disagree about. */
enum LegacyDialect {
  SQLITE(
      "jdbc:sqlite:",
      "FILE",
      "id: integer PRIMARY KEY AUTOINCREMENT; ref: integer; int: integer; "
          + "long: bigint; bool: bool; text: varchar(255); time: datetime; "
          + "bytes: blob") {
    @Override
    String timeText(String column) {
      return column;
    }

    @Override
    Instant earliest() {
      return Instant.parse("0000-01-01T00:00:00Z");
    }

    @Override
    Instant latest() {
      return Instant.parse("9999-12-31T23:59:59.999999999Z");
    }
  },
  POSTGRESQL(
      "jdbc:postgresql:",
      "//HOST:PORT/DATABASE",
      "id: serial; ref: integer; int: integer; long: bigint; bool: boolean; "
          + "text: text; time: timestamp with time zone; bytes: bytea") {
    @Override
    String timeText(String column) {
      return column + "::text";
    }

    @Override
    long idMax() {
      return Integer.MAX_VALUE;
    }

    @Override
    String byBytes(String text) {
      return text + " COLLATE \"C\"";
    }

    /** Not by the rules that the index of the column goes by. */
    @Override
    String exactly(String text) {
      return byBytes(text);
    }

    @Override
    Instant earliest() {
      return Instant.parse("-4712-01-01T00:00:00Z");
    }

    @Override
    Instant latest() {
      return Instant.parse("+294276-12-31T23:59:59Z");
    }
  },
  /** MySQL and MariaDB. */
  MYSQL(
      "jdbc:mysql:",
      "//HOST:PORT/DATABASE",
      "id: int unsigned NOT NULL AUTO_INCREMENT; ref: int unsigned; "
          + "int: int; long: bigint; bool: boolean; text: varchar(255); "
          + "time: DATETIME NULL; bytes: longblob") {
    @Override
    long idMax() {
      return 0xffff_ffffL;
    }

    @Override
    String quote(String name) {
      return "`" + name + "`";
    }

    @Override
    String tableOptions() {
      return " ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8";
    }

    @Override
    String timeText(String column) {
      return "CAST(" + column + " AS CHAR)";
    }

    @Override
    String byBytes(String text) {
      return "CAST(CONVERT(" + text + " USING utf8mb4) AS BINARY)";
    }

    /** Its texts are equal without regard to case and blanks at the end; an index finds those. */
    @Override
    String same(String one, String other) {
      return "%s = %s AND %s = %s".formatted(one, other, byBytes(one), byBytes(other));
    }

    /** Of an hour that the clocks repeat, its columns know one. */
    @Override
    Instant kept(Instant time, ZoneId zone) {
      LocalDateTime text = LocalDateTime.ofInstant(time, zone).truncatedTo(ChronoUnit.SECONDS);
      return LegacyTime.inZone(text, zone.getRules());
    }

    @Override
    boolean hasCursors() {
      return false;
    }

    @Override
    Instant earliest() {
      return LegacyTime.NONE;
    }

    /** In any zone. */
    @Override
    Instant latest() {
      return Instant.parse("9999-12-30T00:00:00Z");
    }
  };

  /** MariaDB's own URLs; its driver is the one that is used for both. */
  static final String MARIADB_URL = "jdbc:mariadb:";

  private final String urlPrefix;
  private final String urlRest;
  private final String types;

  LegacyDialect(String urlPrefix, String urlRest, String types) {
    this.urlPrefix = urlPrefix;
    this.urlRest = urlRest;
    this.types = types;
  }

  /**
   * The dialect that a JDBC URL names.
   *
   * @throws MigrationException if it is none of these
   */
  static LegacyDialect of(String url) {
    if (url.startsWith(MARIADB_URL)) {
      return MYSQL;
    }
    for (LegacyDialect dialect : values()) {
      if (url.startsWith(dialect.urlPrefix)) {
        return dialect;
      }
    }
    String scheme = url.replaceFirst("^((jdbc:)?[A-Za-z0-9+.-]*).*", "$1");
    String forms =
        Arrays.stream(values()).map(LegacyDialect::urlForm).collect(Collectors.joining(" or "));
    throw new MigrationException(
        MigrationException.Kind.SOURCE_URL,
        "SPIRE keeps no database of kind '" + scheme + "'; give " + forms + " instead");
  }

  /** How its URLs begin. */
  String urlPrefix() {
    return urlPrefix;
  }

  /** How its URLs look, for people. */
  String urlForm() {
    return urlPrefix + urlRest;
  }

  /** A column of times as text, whatever the session's settings are; its zone may be left out. */
  abstract String timeText(String column);

  /** What to sort a text by so that the order is that of its bytes in UTF-8. */
  String byBytes(String text) {
    return text;
  }

  /** What to group a text by so that the same texts fall together, perhaps with others. */
  String exactly(String text) {
    return text;
  }

  /** The condition that two texts are the same, character for character. */
  String same(String one, String other) {
    return one + " = " + other;
  }

  /** The name of a table or column as it is written in SQL. */
  String quote(String name) {
    return '"' + name + '"';
  }

  /** The type of a column that SPIRE's ORM makes for a kind of value. */
  String type(String kind) {
    return Arrays.stream(types.split("; "))
        .filter(type -> type.startsWith(kind + ": "))
        .map(type -> type.substring(kind.length() + 2))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no kind of values: " + kind));
  }

  /** What stands behind a table's columns. */
  String tableOptions() {
    return "";
  }

  /** The highest id that a row can have. */
  long idMax() {
    return Long.MAX_VALUE;
  }

  /** The first moment that a column of times holds so that SPIRE reads it. */
  abstract Instant earliest();

  /** The last such moment. */
  abstract Instant latest();

  /**
   * What a column of times gives back of a time that it holds.
   *
   * @param zone in which times are kept where they are kept without one
   */
  Instant kept(Instant time, ZoneId zone) {
    return time;
  }

  /** Whether several results can be open on one connection without being in memory. */
  boolean hasCursors() {
    return true;
  }
}
