package io.holdfast.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Counts the tests of each rule on one store, and writes the table to the folder that the setting
 * {@code report} names, as {@code NAME.md} for a test class {@code NAMEConformanceTest}.
 */
final class KitReport implements TestWatcher, AfterAllCallback {
  /** How a test ended. */
  private enum End {
    GREEN,
    FAILED,
    SKIPPED
  }

  private record Result(List<String> rules, End end) {}

  private final ConcurrentLinkedQueue<Result> results = new ConcurrentLinkedQueue<>();

  @Override
  public void testSuccessful(ExtensionContext context) {
    add(context, End.GREEN);
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    add(context, End.FAILED);
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    add(context, End.SKIPPED);
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    add(context, End.SKIPPED);
  }

  private void add(ExtensionContext context, End end) {
    AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Rule.class)
        .ifPresent(rule -> results.add(new Result(List.of(rule.value()), end)));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    List<Result> all = List.copyOf(results);
    results.clear();
    Settings.report(context)
        .ifPresent(folder -> write(folder, name(context.getRequiredTestClass()), all));
  }

  private static String name(Class<?> test) {
    return test.getSimpleName().replaceFirst("ConformanceTest$", "");
  }

  private static void write(Path folder, String name, List<Result> results) {
    List<String> lines = new ArrayList<>();
    lines.add("# The kit on " + name);
    lines.add("");
    lines.add("| rule | tests | green | failed | skipped |");
    lines.add("|---|---|---|---|---|");
    for (String rule : Rules.all().keySet()) {
      lines.add(row(rule, results.stream().filter(r -> r.rules().contains(rule)).toList()));
    }
    lines.add(row("all", results));
    try {
      Files.createDirectories(folder);
      Files.write(folder.resolve(name + ".md"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String row(String what, List<Result> results) {
    StringBuilder row = new StringBuilder("| " + what + " | " + results.size() + " |");
    for (End end : End.values()) {
      row.append(' ').append(results.stream().filter(r -> r.end() == end).count()).append(" |");
    }
    return row.toString();
  }
}
