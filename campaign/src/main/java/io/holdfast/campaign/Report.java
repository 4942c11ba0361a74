package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What came out of a campaign.
 *
 * @param options what was asked for
 * @param version of the server
 * @param history all that was logged
 * @param verdict of the checker
 * @param accusations of the processes themselves
 * @param faults how often each struck
 * @param checkNanos how long reading and checking took
 */
record Report(
    Options options,
    String version,
    History history,
    Checker.Verdict verdict,
    List<String> accusations,
    Map<String, Integer> faults,
    long checkNanos) {

  boolean isClean() {
    return verdict.violations().isEmpty() && accusations.isEmpty();
  }

  /** Operations and batches of watchers: each was logged and checked. */
  long events() {
    return history.operations().size() + verdict.batches();
  }

  String text() {
    StringBuilder text = new StringBuilder();
    line(text, "campaign", options.describe());
    line(text, "store", version);
    line(text, "java", Runtime.version());
    line(text, "events", events());
    line(text, "  operations", history.operations().size());
    line(text, "  batches of watchers", verdict.batches());
    line(text, "  watchers that became too old", verdict.tooOld());
    line(text, "commits", history.commits().size());
    outcomes().forEach((outcome, count) -> line(text, "  " + outcome, count));
    line(text, "open outcomes", open());
    line(text, "  of these in the history", verdict.stood());
    faults.forEach((fault, count) -> line(text, fault, count));
    line(text, "checked in", "%.1f s".formatted(checkNanos / 1e9));
    line(text, "violations", verdict.violations().counts());
    line(text, "accusations", accusations.size());
    verdict.violations().texts().forEach(one -> text.append(one).append('\n'));
    accusations.stream().limit(50).forEach(one -> text.append(one).append('\n'));
    return text.toString();
  }

  private static void line(StringBuilder text, String name, Object value) {
    text.append("%-32s %s%n".formatted(name, value));
  }

  private Map<Outcome, Long> outcomes() {
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    history.operations().forEach(one -> counts.merge(one.outcome(), 1L, Long::sum));
    return counts;
  }

  private Map<Outcome, Long> open() {
    Map<Outcome, Long> open = new TreeMap<>(outcomes());
    open.keySet().removeIf(outcome -> !outcome.isOpen());
    return open;
  }

  /** Keeps report, schedule and notes, and of a history with violations everything. */
  void keep(Path home) throws IOException {
    Files.writeString(home.resolve("report.txt"), text(), UTF_8);
    if (isClean()) {
      try (Stream<Path> files = Files.list(home)) {
        for (Path file : files.filter(Report::isBulky).toList()) {
          Files.delete(file);
        }
      }
    } else {
      keepServerLogs(home);
      writeHistory(home.resolve("history.txt"));
    }
  }

  /** What the testbed's servers of this process have said. */
  private static void keepServerLogs(Path home) throws IOException {
    Path logs = Path.of("target", "testbed");
    String mine = "-" + ProcessHandle.current().pid() + ".log";
    if (Files.isDirectory(logs)) {
      try (Stream<Path> files = Files.list(logs)) {
        for (Path log : files.filter(file -> file.toString().endsWith(mine)).toList()) {
          Path kept = home.resolve("server-" + log.getFileName());
          Files.copy(log, kept, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private static boolean isBulky(Path file) {
    return !file.toString().endsWith(".txt") && !file.toString().endsWith(".notes");
  }

  /** The whole history for people, in the order in which the operations began. */
  private void writeHistory(Path file) throws IOException {
    try (var out = Files.newBufferedWriter(file, UTF_8)) {
      for (Commit commit : history.commits()) {
        out.write("commit " + commit + "\n");
      }
      List<Operation> sorted =
          history.operations().stream()
              .sorted(Comparator.comparingLong(Operation::invoked))
              .toList();
      for (Operation operation : sorted) {
        out.write(operation + "\n");
      }
    }
  }
}
