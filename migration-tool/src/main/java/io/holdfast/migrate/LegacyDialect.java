package io.holdfast.migrate;

/** What the databases that SPIRE can use disagree about. */
enum LegacyDialect {
  SQLITE("jdbc:sqlite:", "FILE") {
    @Override
    String timeText(String column) {
      return column;
    }
  },
  POSTGRESQL("jdbc:postgresql:", "//HOST:PORT/DATABASE") {
    @Override
    String timeText(String column) {
      return column + "::text";
    }

    @Override
    String byBytes(String text) {
      return text + " COLLATE \"C\"";
    }
  },
  /** MySQL and MariaDB. */
  MYSQL("jdbc:mysql:", "//HOST:PORT/DATABASE") {
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

    @Override
    boolean hasCursors() {
      return false;
    }
  };

  /** MariaDB's own URLs; its driver is the one that is used for both. */
  static final String MARIADB_URL = "jdbc:mariadb:";

  private final String urlPrefix;
  private final String urlRest;

  LegacyDialect(String urlPrefix, String urlRest) {
    this.urlPrefix = urlPrefix;
    this.urlRest = urlRest;
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

  /** The condition that two texts are the same, character for character. */
  String same(String one, String other) {
    return one + " = " + other;
  }

  /** Whether several results can be open on one connection without being in memory. */
  boolean hasCursors() {
    return true;
  }
}
