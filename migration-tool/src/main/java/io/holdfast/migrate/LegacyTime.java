package io.holdfast.migrate;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.time.zone.ZoneRules;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Times as SPIRE's database drivers write and read them.
 *
 * <p>A day, then a blank or a T, then hours and minutes, then optionally seconds with up to nine
 * fractional digits, then optionally Z or an offset; no offset means the zone of the database, and
 * a day alone its beginning. A whole number counts seconds since 1970, or milliseconds beyond
 * 10^12.
 */
final class LegacyTime {
  private static final long MILLIS_ABOVE = 1_000_000_000_000L;
  private static final Pattern WHOLE_NUMBER = Pattern.compile("-?\\d{1,18}");
  private static final DateTimeFormatter FORMAT =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendLiteral('T')
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalStart()
          .appendOffset("+HH:mm:ss", "Z")
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private LegacyTime() {}

  /**
   * The moment that the text names.
   *
   * @param zone of a text without an offset
   * @throws DateTimeException if it names none
   */
  static Instant parse(String text, ZoneId zone) {
    if (WHOLE_NUMBER.matcher(text).matches()) {
      long number = Long.parseLong(text);
      return Math.abs(number) > MILLIS_ABOVE
          ? Instant.ofEpochMilli(number)
          : Instant.ofEpochSecond(number);
    }
    boolean blank = text.length() > 10 && text.charAt(10) == ' ';
    String iso = blank ? text.substring(0, 10) + 'T' + text.substring(11) : text;
    TemporalAccessor time =
        FORMAT.parseBest(iso, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
    if (time instanceof OffsetDateTime exact) {
      return exact.toInstant();
    }
    LocalDateTime local = time instanceof LocalDate day ? day.atStartOfDay() : (LocalDateTime) time;
    return inZone(local, zone.getRules());
  }

  /**
   * As SPIRE's language resolves times that a change of the clocks skips or repeats: with the
   * offset at the moment that would have this reading in UTC, or if that is wrong there, one step
   * closer.
   */
  private static Instant inZone(LocalDateTime local, ZoneRules rules) {
    ZoneOffset near = rules.getOffset(local.toInstant(ZoneOffset.UTC));
    return local.toInstant(rules.getOffset(local.toInstant(near)));
  }

  /** Unix seconds of a time, rounded to the nearest, half a second up. */
  static long roundedSeconds(Instant time) {
    return time.getEpochSecond() + (time.getNano() >= 500_000_000 ? 1 : 0);
  }
}
