package io.holdfast.migrate;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that all commands about a legacy database have. */
final class LegacyOptions {
  @Option(
      names = "--lock-wait",
      defaultValue = "5s",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "How long to wait for a locked source: 500ms, 5s (the default), 2m.")
  private Duration lockWait;

  @Option(
      names = "--loc",
      defaultValue = "UTC",
      paramLabel = "ZONE",
      converter = ZoneConverter.class,
      description = {
        "The zone of the times in a MySQL database, which keeps them without one: the loc of",
        "connection_string in the server's configuration, such as Europe/Berlin. UTC by default."
      })
  private ZoneId loc;

  @Option(
      names = "--output",
      defaultValue = "text",
      paramLabel = "text|json",
      converter = OutputConverter.class,
      description = "The report for people (the default), or as JSON.")
  private Output output;

  private enum Output {
    TEXT,
    JSON
  }

  /** Whether a command line asks for JSON, also one that cannot be understood otherwise. */
  static boolean wantsJson(List<String> args) {
    for (int i = 0; i < args.size(); i++) {
      boolean apart = args.get(i).equals("--output") && i + 1 < args.size();
      String option = apart ? "--output=" + args.get(i + 1) : args.get(i);
      if (option.equalsIgnoreCase("--output=json")) {
        return true;
      }
    }
    return false;
  }

  /** How to open the database as a source. */
  SourceOptions source() {
    return SourceOptions.of(lockWait, loc, System.getenv());
  }

  /** How to open the database as a target. */
  SourceOptions target() {
    return SourceOptions.ofTarget(lockWait, loc, System.getenv());
  }

  /** Whether the report is for programs. */
  boolean isJson() {
    return output == Output.JSON;
  }

  private static final class OutputConverter implements ITypeConverter<Output> {
    @Override
    public Output convert(String value) {
      try {
        return Output.valueOf(value.toUpperCase(Locale.ROOT));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("give text or json, not '" + value + "'");
      }
    }
  }

  private static final class ZoneConverter implements ITypeConverter<ZoneId> {
    @Override
    public ZoneId convert(String value) {
      try {
        return ZoneId.of(value);
      } catch (DateTimeException e) {
        throw new TypeConversionException(
            "give a zone such as UTC or Europe/Berlin; for Local the zone of SPIRE's machine");
      }
    }
  }

  /** Reads texts such as 5s. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      if (!value.matches("\\d{1,9}(ms|s|m)")) {
        throw new TypeConversionException("give something like 500ms, 5s or 2m");
      }
      // Duration's own form is PT5S; milliseconds it writes as fractions.
      return value.endsWith("ms")
          ? Duration.ofMillis(Long.parseLong(value.substring(0, value.length() - 2)))
          : Duration.parse("PT" + value.toUpperCase(Locale.ROOT));
    }
  }
}
