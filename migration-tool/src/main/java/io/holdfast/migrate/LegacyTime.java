package io.holdfast.migrate;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times as SPIRE's database drivers read them.
 *
 * <p>A day, then hours and minutes, then seconds with a fraction, of which nine digits count, then
 * an offset; each part may be left out with all behind it. No offset means the zone of the
 * database. SQLite keeps any text: there a T may stand in the place of the blank and a Z at the
 * end, and a whole number counts seconds since 1970, or milliseconds beyond 10^12. PostgreSQL knows
 * years of more digits, and years before the first.
 */
final class LegacyTime {
  /** The time that SPIRE's language takes for none, and that SPIRE reads from what is no time. */
  static final Instant NONE = Instant.parse("0001-01-01T00:00:00Z");

  private static final long MILLIS_ABOVE = 1_000_000_000_000L;
  private static final long NANOS_OF_MILLI = 1_000_000;
  private static final int FRACTION_DIGITS = 9;
  private static final int SECONDS_OF_MINUTE = 60;
  private static final int OFFSET_HOURS_MAX = 24;
  private static final Pattern WHOLE_NUMBER = Pattern.compile("-?\\d{1,19}");
  private static final Pattern OF_SQLITE =
      Pattern.compile(
          "(\\d{4})-(\\d\\d)-(\\d\\d)(?:(?: +|T)(\\d\\d?):(\\d\\d)"
              + "(?::(\\d\\d)(?:[.,](\\d+))?([+-]\\d\\d:\\d\\d)?)?)?()Z?");
  private static final Pattern OF_SERVERS =
      Pattern.compile(
          "(\\d{4,9})-(\\d\\d)-(\\d\\d)(?: (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d+))?"
              + "([+-]\\d\\d(?::\\d\\d){0,2})?)?( BC)?");

  private LegacyTime() {}

  /**
   * The moment that a text names.
   *
   * @param zone of a text without an offset
   * @throws DateTimeException if it names none
   */
  static Instant parse(String text, LegacyDialect dialect, ZoneId zone) {
    boolean isSqlite = dialect == LegacyDialect.SQLITE;
    if (isSqlite && WHOLE_NUMBER.matcher(text).matches()) {
      return ofNumber(text);
    }
    Matcher parts = (isSqlite ? OF_SQLITE : OF_SERVERS).matcher(text);
    if (!parts.matches()) {
      throw new DateTimeException("no time");
    }
    int year = Integer.parseInt(parts.group(1));
    if (year == 0 && !isSqlite) {
      throw new DateTimeException("no year"); // MySQL's for a day of no year; SPIRE reads another.
    }
    boolean isBeforeFirst = parts.group(9) != null && !parts.group(9).isEmpty();
    LocalDateTime local =
        LocalDateTime.of(
            isBeforeFirst ? 1 - year : year,
            number(parts.group(2)),
            number(parts.group(3)),
            number(parts.group(4)),
            number(parts.group(5)),
            number(parts.group(6)),
            nanos(parts.group(7)));
    return parts.group(8) == null
        ? inZone(local, zone.getRules())
        : local.toInstant(ZoneOffset.UTC).minusSeconds(offsetSeconds(parts.group(8)));
  }

  private static int number(String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  private static int nanos(String digits) {
    if (digits == null) {
      return 0;
    }
    String padded = digits + "0".repeat(FRACTION_DIGITS);
    return Integer.parseInt(padded.substring(0, FRACTION_DIGITS));
  }

  /** A count, with the overflow that SPIRE's driver has for times of some hundred years. */
  private static Instant ofNumber(String digits) {
    try {
      long number = Long.parseLong(digits);
      boolean isMillis = number > MILLIS_ABOVE || number < -MILLIS_ABOVE;
      return isMillis
          ? Instant.EPOCH.plusNanos(number * NANOS_OF_MILLI)
          : Instant.ofEpochSecond(number);
    } catch (NumberFormatException e) {
      throw new DateTimeException("no number of 64 bits", e);
    }
  }

  /** More than the 18 hours of Java's own offsets. */
  private static int offsetSeconds(String offset) {
    String[] parts = offset.substring(1).split(":");
    int seconds = 0;
    for (int i = 0; i < 3; i++) {
      int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
      if (part > (i == 0 ? OFFSET_HOURS_MAX : SECONDS_OF_MINUTE)) {
        throw new DateTimeException("no offset");
      }
      seconds = seconds * SECONDS_OF_MINUTE + part;
    }
    return offset.charAt(0) == '-' ? -seconds : seconds;
  }

  /**
   * As SPIRE's language resolves times that a change of the clocks skips or repeats: with the
   * offset at the moment that would have this reading in UTC, or if that is wrong there, one step
   * closer.
   */
  static Instant inZone(LocalDateTime local, ZoneRules rules) {
    ZoneOffset near = rules.getOffset(local.toInstant(ZoneOffset.UTC));
    return local.toInstant(rules.getOffset(local.toInstant(near)));
  }

  /** Unix seconds of a time, rounded to the nearest, half a second up. */
  static long roundedSeconds(Instant time) {
    return time.getEpochSecond() + (time.getNano() >= 500_000_000 ? 1 : 0);
  }
}
