package io.holdfast.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The command: {@code PAGE [--rounds=N] [--seconds=S] [--dry] [--shrink=N] [GROUP ...]} measures
 * the groups and writes their tables into the page. With {@code --dry} it only prints, also with
 * {@code --shrink}, which divides the numbers of items for a first look. With {@code list} it names
 * the groups.
 */
final class Benchmarks {
  private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

  private Benchmarks() {}

  public static void main(String[] arguments) throws Exception {
    Path page = Path.of(arguments[0]);
    List<String> words = new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length));
    boolean shrunk = words.stream().anyMatch(word -> word.startsWith("--shrink="));
    boolean dry = words.remove("--dry") || shrunk;
    if (words.contains("list")) {
      Arrays.stream(Group.values()).forEach(group -> OUT.println(group.word()));
      return;
    }
    Scale scale = scale(words);
    for (Group group : groups(words)) {
      String conditions = conditions(scale);
      OUT.println(group.title() + "\n" + conditions);
      List<Result> results = new ArrayList<>();
      group.run(
          scale,
          result -> {
            results.add(result);
            OUT.println(Report.row(result));
          });
      if (!dry) {
        Report.write(page, group, conditions, results);
      }
    }
  }

  private static Scale scale(List<String> words) {
    int rounds = option(words, "--rounds=", Scale.FULL.rounds());
    int seconds = option(words, "--seconds=", (int) Scale.FULL.round().toSeconds());
    int shrink = option(words, "--shrink=", Scale.FULL.shrink());
    return new Scale(rounds, Duration.ofSeconds(seconds), shrink);
  }

  private static int option(List<String> words, String name, int otherwise) {
    return words.stream()
        .filter(word -> word.startsWith(name))
        .mapToInt(word -> Integer.parseInt(word.substring(name.length())))
        .findFirst()
        .orElse(otherwise);
  }

  private static List<Group> groups(List<String> words) {
    List<Group> named =
        words.stream()
            .filter(word -> !word.startsWith("--"))
            .map(word -> Group.valueOf(word.toUpperCase(Locale.ROOT)))
            .toList();
    return named.isEmpty() ? List.of(Group.values()) : named;
  }

  private static String conditions(Scale scale) {
    return Arrays.asList(
            "Taken on " + LocalDate.now(ZoneOffset.UTC),
            "JDK " + Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors() + " processors",
            String.format(
                Locale.ROOT,
                "load %.1f at the start",
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()),
            scale.rounds() + " rounds of " + scale.round().toSeconds() + " s a side")
        .stream()
        .collect(Collectors.joining(", ", "", "."));
  }
}
