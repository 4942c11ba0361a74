package io.holdfast.migrate;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Copies SPIRE's own datastore into a store. */
@Command(
    name = "legacy",
    description = "Copies SPIRE's datastore into an empty store and verifies the copy.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MigrateLegacyCommand implements Callable<Integer> {
  private final Console console;
  private final Stores stores;
  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "JDBC_URL",
      description = {
        "The source, a database of SPIRE 1.0 to 1.15: jdbc:sqlite:FILE,",
        "jdbc:postgresql://HOST/DATABASE or jdbc:mysql://HOST/DATABASE. User and password are",
        "taken from HOLDFAST_FROM_USER and HOLDFAST_FROM_PASSWORD in the environment."
      })
  private String from;

  @Option(
      names = "--to",
      defaultValue = "",
      paramLabel = "STORE_URL",
      description = "The target, an empty store or one that is not there yet: sqlite:FILE.")
  private String to;

  @Option(
      names = "--back",
      description = {
        "The other way: from a store into an empty database, as SPIRE 1.15 and 1.16 keep it;",
        "--from STORE_URL --to JDBC_URL, user and password from HOLDFAST_TO_USER and",
        "HOLDFAST_TO_PASSWORD. Stop all servers first."
      })
  private boolean back;

  @Option(names = "--dry-run", description = "Read and report everything, write nothing.")
  private boolean dryRun;

  @Option(
      names = "--start-over",
      description = "First delete what an earlier run that did not finish has left in the target.")
  private boolean startOver;

  @Mixin private LegacyOptions legacy = new LegacyOptions();

  MigrateLegacyCommand(Console console, Stores stores) {
    this.console = console;
    this.stores = stores;
  }

  @Override
  public Integer call() {
    MigrationReport report = migrate();
    Optional<MigrationException> shortfall = shortfall(report);
    console.print(legacy.isJson() ? ReportJson.of(report, shortfall) : ReportText.of(report));
    return shortfall.map(e -> Failure.report(e, console, false)).orElse(ExitCode.OK).number();
  }

  private MigrationReport migrate() {
    if (to.isEmpty() && !dryRun) {
      throw new ParameterException(
          spec.commandLine(), "no target given: add --to STORE_URL, or --dry-run");
    }
    if (back) {
      return migrateBack();
    }
    SourceOptions source = legacy.source();
    var plan = new LegacyMigration.Plan(from, to, dryRun, startOver, source);
    var migration = new LegacyMigration(plan, console, stores::open);
    if (!dryRun) {
      return migration.run();
    }
    return migration.dryRun(to.isEmpty() ? null : new DryTarget(to, stores));
  }

  private MigrationReport migrateBack() {
    if (dryRun) {
      throw new ParameterException(spec.commandLine(), "--back knows no --dry-run");
    }
    SourceOptions target = legacy.target();
    var plan = new LegacyMigration.Plan(from, to, false, startOver, target);
    return new LegacyBack(plan, console, stores::openExisting).run();
  }

  /** What is wrong with a migration that came to its end. */
  private Optional<MigrationException> shortfall(MigrationReport report) {
    if (!report.differences().isEmpty()) {
      return Optional.of(
          new MigrationException(
              MigrationException.Kind.VERIFY_FAILED,
              to
                  + " does not hold what "
                  + from
                  + " holds, as the report shows; "
                  + (back ? "no server starts on it" : "it stays marked as incomplete")
                  + ": run again with --start-over"));
    }
    if (report.tooLarge() > 0) {
      return Optional.of(
          new MigrationException(
              MigrationException.Kind.RECORDS_TOO_LARGE,
              to
                  + " holds all but "
                  + report.tooLarge()
                  + " of the records, which are larger than it takes: the report names them;"
                  + " shorten them at the source and copy again, or go on without them"));
    }
    if (report.refused() > 0) {
      return Optional.of(
          new MigrationException(
              MigrationException.Kind.RECORDS_TOO_LARGE,
              to
                  + " holds all but "
                  + report.refused()
                  + " of the records, which it refuses: the report names them;"
                  + " change them in the store and copy again, or go on without them"));
    }
    return Optional.empty();
  }
}
