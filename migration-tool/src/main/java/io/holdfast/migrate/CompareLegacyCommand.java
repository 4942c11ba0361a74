package io.holdfast.migrate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.migrate.MigrationException.Kind;
import io.holdfast.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Asks a store and SPIRE's own datastore the same questions. */
@Command(
    name = "legacy",
    description = "Asks SPIRE's datastore and a store the same questions, and tells what differs.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class CompareLegacyCommand implements Callable<Integer> {
  private static final Duration LOAD = Duration.ofHours(1);
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Console console;
  private final Stores stores;
  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "JDBC_URL",
      description = {
        "SPIRE's database, as for follow legacy; user and password are taken from",
        "HOLDFAST_FROM_USER and HOLDFAST_FROM_PASSWORD in the environment."
      })
  private String from;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "STORE_URL",
      description = "The store, which is loaded into memory as a server does it.")
  private String store;

  @Option(
      names = "--sample",
      defaultValue = "1000",
      paramLabel = "N",
      description = "For how many entries and agents to ask: 1000 by default, 0 for all.")
  private int sample;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Decides for which; the seed of a run is in its report.")
  private Long seed;

  @Option(
      names = "--settle",
      defaultValue = "5s",
      paramLabel = "DURATION",
      converter = LegacyOptions.DurationConverter.class,
      description = {
        "How long to wait before asking again where the answers differ, since a store that is",
        "kept in step is a moment behind: 5s by default."
      })
  private Duration settle;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      converter = LegacyOptions.DurationConverter.class,
      description = "Do it again and again, with so much time in between, until told to end.")
  private Duration every;

  @Mixin private LegacyOptions legacy = new LegacyOptions();

  CompareLegacyCommand(Console console, Stores stores) {
    this.console = console;
    this.stores = stores;
  }

  @Override
  public Integer call() {
    if (sample < 0) {
      throw new ParameterException(spec.commandLine(), "--sample is not negative");
    }
    long found = 0;
    long times = 0;
    try (Stop stop = Stop.onSignal();
        LegacyDatabase source = LegacyDatabase.open(from, legacy.source());
        Store opened = stores.openExisting(store);
        Datastore datastore =
            Datastore.builder(opened).types(SpireTypes.all()).loadTimeout(LOAD).open()) {
      try {
        do {
          found += compare(source, datastore, stop);
          times++;
        } while (every != null && !stop.await(every));
      } catch (Stop.Asked e) {
        console.note("holdfast: ended before all was asked");
      }
      if (every != null) {
        reportTotal(times, found);
      }
    }
    if (found > 0) {
      throw new MigrationException(
          Kind.DIFFERENT,
          "%s answers otherwise than %s to %,d questions, which the report names; keep it in step"
                  .formatted(store, from, found)
              + " with follow legacy, and ask again");
    }
    return ExitCode.OK.number();
  }

  /** Asks once, and where the answers differ once more; how many still do. */
  private int compare(LegacyDatabase source, Datastore datastore, Stop stop) {
    long chosen = seed == null ? System.nanoTime() : seed;
    ReadComparison first = ask(source, datastore, chosen, stop);
    List<ReadDifference> stay = new ArrayList<>(first.differences());
    if (!stay.isEmpty() && !settle.isZero() && !stop.await(settle)) {
      stay.retainAll(ask(source, datastore, chosen, stop).differences());
    }
    stay.forEach(this::report);
    report(first, chosen, stay.size());
    return stay.size();
  }

  private ReadComparison ask(LegacyDatabase source, Datastore datastore, long chosen, Stop stop) {
    source.renew();
    ReadComparison comparison = new ReadComparison(source, datastore, sample, chosen);
    comparison.run(stop);
    return comparison;
  }

  private void report(ReadDifference difference) {
    if (!legacy.isJson()) {
      console.print(difference.toString());
      return;
    }
    JsonObject json = new JsonObject();
    json.addProperty("report", "difference");
    json.addProperty("operation", difference.operation());
    json.addProperty("id", difference.id());
    json.addProperty("field", difference.field());
    json.addProperty("source", difference.source());
    json.addProperty("store", difference.store());
    console.print(GSON.toJson(json));
  }

  private void reportTotal(long times, long differences) {
    if (!legacy.isJson()) {
      console.print("All in all: asked %,d times, %,d differences.".formatted(times, differences));
      return;
    }
    JsonObject json = new JsonObject();
    json.addProperty("report", "total");
    json.addProperty("comparisons", times);
    json.addProperty("differences", differences);
    console.print(GSON.toJson(json));
  }

  private void report(ReadComparison comparison, long chosen, int differences) {
    JsonObject asked = new JsonObject();
    comparison.asked().forEach(asked::addProperty);
    if (!legacy.isJson()) {
      console.print(
          "Asked %s with seed %d: %,d differences.".formatted(asked, chosen, differences));
      return;
    }
    JsonObject json = new JsonObject();
    json.addProperty("report", "comparison");
    json.addProperty("seed", chosen);
    json.add("asked", asked);
    json.addProperty("differences", differences);
    console.print(GSON.toJson(json));
  }
}
