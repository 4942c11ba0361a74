package io.holdfast.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tables of a Markdown page: one for each group, between two marks that are found again. */
final class Report {
  private static final String HEAD =
      """
      | what | beside | ours | peer | ratio or figure (lowest to highest round) | asked | |
      |---|---|---|---|---|---|---|
      """;

  private Report() {}

  /** Puts a group's table in place of the one that is there, or at the end of the page. */
  static void write(Path page, Group group, String conditions, List<Result> results)
      throws IOException {
    String begin = "<!-- " + group.word() + " -->\n";
    String end = "<!-- end of " + group.word() + " -->\n";
    String section = begin + conditions + "\n\n" + table(results) + end;
    String text = Files.exists(page) ? Files.readString(page) : "# Benchmarks\n";
    int from = text.indexOf(begin);
    int to = text.indexOf(end);
    Files.writeString(
        page,
        from < 0 || to < 0
            ? text + "\n## " + group.title() + "\n\n" + section
            : text.substring(0, from) + section + text.substring(to + end.length()));
  }

  static String table(List<Result> results) {
    StringBuilder table = new StringBuilder(HEAD);
    results.forEach(result -> table.append(row(result)).append('\n'));
    return table.toString();
  }

  static String row(Result result) {
    Figure figure = result.figure();
    return "| %s | %s | %s | %s | %s | %s | %s |"
        .formatted(
            figure.what(),
            figure.peer(),
            side(result.ours(), figure.unit()),
            figure.hasPeer() ? side(result.theirs(), figure.unit()) : "",
            spread(result.values()),
            figure.bound(),
            figure.bound().verdict(result.value()));
  }

  private static String side(List<Double> rounds, String unit) {
    return Numbers.text(Numbers.median(rounds)) + " " + unit;
  }

  private static String spread(List<Double> values) {
    double lowest = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double highest = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    String middle = Numbers.text(Numbers.median(values));
    return lowest == highest
        ? middle
        : middle + " (" + Numbers.text(lowest) + " to " + Numbers.text(highest) + ")";
  }
}
