package io.holdfast.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A migration's report for people. */
final class ReportText {
  private static final int DIGEST_DIGITS = 16;

  private ReportText() {}

  static String of(MigrationReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(headline(report));
    addKinds(report, lines);
    addSkips(report, lines);
    addDifferences(report, lines);
    return String.join(System.lineSeparator(), lines);
  }

  private static String headline(MigrationReport report) {
    boolean back = !report.source().startsWith("jdbc:");
    String source = report.source() + (back ? "" : version(report));
    String seconds = "in %.1f s".formatted(report.took().toMillis() / 1000.0);
    if (report.isDryRun()) {
      return "Dry run: read " + source + " " + seconds + "; nothing was written.";
    }
    String verified =
        report.isVerified()
            ? " and verified every record "
            : " but THE TARGET DIFFERS FROM THE SOURCE ";
    String target = report.target() + (back ? version(report) : "");
    return "Copied " + source + " to " + target + verified + seconds + ".";
  }

  private static String version(MigrationReport report) {
    String code = report.codeVersion().isEmpty() ? "" : ", SPIRE " + report.codeVersion();
    return " (schema " + report.schemaVersion() + code + ")";
  }

  private static void addKinds(MigrationReport report, List<String> lines) {
    boolean dry = report.isDryRun();
    lines.add(row("", "read", dry ? "" : "stored", dry ? "" : "digest"));
    for (MigrationReport.Kind kind : report.kinds()) {
      String stored = dry ? "" : grouped(kind.stored());
      String digest = dry ? "" : kind.digest().substring(0, DIGEST_DIGITS);
      lines.add(row(kind.name(), grouped(kind.read()), stored, digest));
    }
  }

  private static String row(String name, String read, String stored, String digest) {
    return "  %-28s %10s %10s  %s".formatted(name, read, stored, digest).stripTrailing();
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static void addSkips(MigrationReport report, List<String> lines) {
    if (report.skips().isEmpty()) {
      lines.add("Nothing was left out.");
      return;
    }
    lines.add("Left out or changed, and why:");
    for (MigrationReport.Skip skip : report.skips()) {
      lines.add("  %s: %,d, each %s".formatted(skip.what(), skip.count(), skip.text()));
      skip.examples().forEach(example -> lines.add("      " + example));
    }
  }

  private static void addDifferences(MigrationReport report, List<String> lines) {
    if (!report.differences().isEmpty()) {
      lines.add("First differences between source and target:");
      report.differences().forEach(difference -> lines.add("  " + difference));
    }
  }
}
