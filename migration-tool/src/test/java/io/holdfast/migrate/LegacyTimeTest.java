package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LegacyTimeTest {
  @ParameterizedTest
  @CsvSource({
    "2023-11-14 19:13:20-03:00, 2023-11-14T22:13:20Z",
    "2026-11-20 15:16:13.902138521-03:00, 2026-11-20T18:16:13.902138521Z",
    "2024-05-04 04:34:45.2+05:30, 2024-05-03T23:04:45.2Z",
    "2024-05-04T04:34:45.25Z, 2024-05-04T04:34:45.25Z",
    "2024-05-04 04:34:45Z, 2024-05-04T04:34:45Z",
    "2024-05-04T04:34:45+02:00, 2024-05-04T02:34:45Z",
    "2024-05-04 04:34:45+02:00Z, 2024-05-04T02:34:45Z",
    "2024-05-04 04:34:45-24:00, 2024-05-05T04:34:45Z",
    "2024-05-04 04:34:45.1234567899, 2024-05-04T04:34:45.123456789Z",
    "'2024-05-04 04:34:45,5', 2024-05-04T04:34:45.5Z",
    "2024-05-04  4:34:45, 2024-05-04T04:34:45Z",
    "2024-05-04Z, 2024-05-04T00:00:00Z",
    "0000-01-01, 0000-01-01T00:00:00Z",
    "2024-05-04 04:34:45, 2024-05-04T04:34:45Z",
    "2024-05-04 04:34, 2024-05-04T04:34:00Z",
    "2024-05-04, 2024-05-04T00:00:00Z",
    "0001-01-01 00:00:00+00:00, 0001-01-01T00:00:00Z",
    "1714777485, 2024-05-03T23:04:45Z",
    "1714777485250, 2024-05-03T23:04:45.250Z",
    "-1, 1969-12-31T23:59:59Z",
    "9223372036854775807, 1969-12-31T23:59:59.999Z"
  })
  void readsEveryFormThatTheDriverOfSqliteReads(String text, Instant time) {
    assertEquals(time, LegacyTime.parse(text, LegacyDialect.SQLITE, ZoneOffset.UTC));
  }

  @ParameterizedTest
  @CsvSource({
    "2024-05-04 04:34:45.999999+00, 2024-05-04T04:34:45.999999Z",
    "2024-05-04 04:34:45+05:30, 2024-05-03T23:04:45Z",
    "0212-05-04 04:34:45+00:19:32, 0212-05-04T04:15:13Z",
    "12345-05-04 04:34:45+00, +12345-05-04T04:34:45Z",
    "294276-12-31 23:59:59.999999+00, +294276-12-31T23:59:59.999999Z",
    "0001-03-15 00:00:00+00 BC, 0000-03-15T00:00:00Z",
    "0044-03-15 01:02:03.5+00 BC, -0043-03-15T01:02:03.5Z",
    "2024-05-04 04:34:45, 2024-05-04T04:34:45Z"
  })
  void readsEveryTimeThatPostgresqlWrites(String text, Instant time) {
    assertEquals(time, LegacyTime.parse(text, LegacyDialect.POSTGRESQL, ZoneOffset.UTC));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "infinity",
        "-infinity",
        "1714777485",
        "0000-00-00 00:00:00",
        "2024-00-10 00:00:00",
        "0000-05-04 00:00:00"
      })
  void refusesWhatAServerHoldsThatIsNoTime(String text) {
    for (LegacyDialect dialect : List.of(LegacyDialect.POSTGRESQL, LegacyDialect.MYSQL)) {
      assertThrows(DateTimeException.class, () -> LegacyTime.parse(text, dialect, ZoneOffset.UTC));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "soon",
        "2024-02-30 00:00:00",
        "2024-05-04 25:00:00",
        "2024-05-04 ",
        "2024-05-04 04:34:45.",
        "2024-05-04 04:34:45+02",
        "2024-05-04 04:34+02:00",
        "2024-05-04 04:34:60",
        "12024-05-04 04:34:45",
        "0044-03-15 00:00:00 BC",
        "infinity",
        "1714777485.5",
        "2024-05-04 04:34:45+99:00",
        "99999999999999999999",
        "2024-05-04 04:34:45Z and more"
      })
  void refusesWhatIsNoTime(String text) {
    assertThrows(
        DateTimeException.class,
        () -> LegacyTime.parse(text, LegacyDialect.SQLITE, ZoneOffset.UTC));
  }

  @Test
  void roundsHalfASecondUp() {
    assertEquals(10, LegacyTime.roundedSeconds(Instant.ofEpochSecond(10, 499_999_999)));
    assertEquals(11, LegacyTime.roundedSeconds(Instant.ofEpochSecond(10, 500_000_000)));
    assertEquals(-1, LegacyTime.roundedSeconds(Instant.ofEpochSecond(-2, 500_000_000)));
  }
}
