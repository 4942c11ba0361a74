package io.holdfast.migrate;

import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.store.Store;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Generates a {@link Fleet}. */
@Command(
    name = "fleet",
    description = {
      "Makes up a SPIRE fleet: agents in Kubernetes clusters and the entries of their workloads.",
      "The same numbers and seed give the same fleet."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class GenerateFleetCommand implements Callable<Integer> {
  private static final long MOST = 100_000_000;

  private final Console console;
  private final Stores stores;
  @Spec private CommandSpec spec;

  @Option(names = "--agents", required = true, paramLabel = "N", description = "How many agents.")
  private int agents;

  @Option(
      names = "--entries-per-agent",
      required = true,
      paramLabel = "M",
      description = "How many registration entries below each agent.")
  private int entriesPerAgent;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "S",
      description = "Any whole number; 1 by default.")
  private long seed;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "URL",
      description = {
        "An empty store, such as sqlite:FILE; or an empty database as SPIRE keeps it, such as",
        "jdbc:sqlite:FILE (user and password from HOLDFAST_TO_USER and HOLDFAST_TO_PASSWORD)."
      })
  private String to;

  GenerateFleetCommand(Console console, Stores stores) {
    this.console = console;
    this.stores = stores;
  }

  @Override
  public Integer call() {
    if (agents < 0 || entriesPerAgent < 0 || (long) agents * entriesPerAgent > MOST) {
      throw new ParameterException(
          spec.commandLine(),
          "numbers are not negative, and there are at most %,d entries".formatted(MOST));
    }
    Fleet fleet = new Fleet(agents, entriesPerAgent, seed);
    long begin = System.nanoTime();
    try (Progress progress = Progress.start(console, "generate", fleet.size())) {
      if (to.startsWith("jdbc:")) {
        fillDatabase(fleet, progress);
      } else {
        fillStore(fleet, progress);
      }
    }
    console.print(
        "Generated %,d agents and %,d entries in %s in %.1f s."
            .formatted(
                agents, (long) agents * entriesPerAgent, to, (System.nanoTime() - begin) / 1e9));
    return ExitCode.OK.number();
  }

  private void fillStore(Fleet fleet, Progress progress) {
    try (Store store = stores.open(to)) {
      Importer load = begin(store);
      fleet.forEach(
          item -> {
            item.addTo(load);
            progress.step();
          });
      load.finish();
    }
  }

  private Importer begin(Store store) {
    try {
      return Importer.begin(store);
    } catch (DatastoreException e) {
      throw new MigrationException(
          MigrationException.Kind.TARGET_NOT_EMPTY,
          to + " already holds data, which were not changed: name an empty or a new store",
          e);
    }
  }

  private void fillDatabase(Fleet fleet, Progress progress) {
    SourceOptions options =
        SourceOptions.ofTarget(Duration.ofSeconds(5), ZoneOffset.UTC, System.getenv());
    try (LegacyTarget target = LegacyTarget.open(to, options, false)) {
      LegacyOut out = new LegacyOut(Instant.now(), LegacyTarget.dialectOf(to), options.zone());
      LegacyFill fill = new LegacyFill(target, progress);
      Rows rows = new Rows(out, fill);
      try {
        fleet.forEach(rows);
        fill.finish(out);
        target.accept();
      } catch (SQLException e) {
        throw target.failure(e);
      } catch (Rows.Failed e) {
        throw target.failure(e.cause);
      }
    }
  }

  /** Turns items into rows. */
  private record Rows(LegacyOut out, LegacyFill fill, Map<String, Long> bundles)
      implements Consumer<SpireItem<?>> {
    Rows(LegacyOut out, LegacyFill fill) {
      this(out, fill, new HashMap<>());
    }

    @Override
    public void accept(SpireItem<?> item) {
      try {
        fill.add(rows(item), () -> {});
      } catch (SQLException e) {
        throw new Failed(e);
      }
    }

    private LegacyOut.Rows rows(SpireItem<?> item) {
      long id = item.number();
      if (item.message() instanceof Bundle bundle) {
        out.skipTo("bundles", id);
        bundles.put(bundle.getTrustDomainId(), id);
        return out.bundle(id, bundle);
      }
      if (item.message() instanceof AttestedNode node) {
        out.skipTo("attested_node_entries", id);
        return out.node(id, node);
      }
      if (item.message() instanceof NodeSelectors selectors) {
        return out.nodeSelectors(selectors);
      }
      out.skipTo("registered_entries", id);
      return out.entry(id, (RegistrationEntry) item.message(), bundles);
    }

    /** Carries an exception through a consumer. */
    private static final class Failed extends RuntimeException {
      private static final long serialVersionUID = 1L;

      private final SQLException cause;

      Failed(SQLException cause) {
        super(cause);
        this.cause = cause;
      }
    }
  }
}
