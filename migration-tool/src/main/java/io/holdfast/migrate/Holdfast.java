package io.holdfast.migrate;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line {@code holdfast}.
 *
 * <p>Results go to stdout, everything else to stderr. Each way to fail is one line on stderr and
 * has an exit code of its own; {@code --help} lists them.
 */
@Command(
    name = "holdfast",
    description = "Moves records into Holdfast stores, and shows what they can do there.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Holdfast.Version.class)
public final class Holdfast implements Runnable {
  /** A driver says on stderr what it throws as well; held, as loggers are forgotten otherwise. */
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show stack traces with errors.")
  private boolean debug;

  private final Stores stores;

  private Holdfast(Stores stores) {
    this.stores = stores;
  }

  @Option(
      names = "--plugins",
      scope = ScopeType.INHERIT,
      paramLabel = "FOLDER",
      defaultValue = "${env:HOLDFAST_PLUGINS}",
      description = "Open stores also with the jars in this folder; else in $HOLDFAST_PLUGINS.")
  void pluginsIn(Path folder) {
    stores.pluginsIn(folder);
  }

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    int code;
    try (Console console = Console.ofProcess()) {
      code = run(console, args);
    }
    System.exit(code);
  }

  /**
   * Runs a command.
   *
   * @return the process's exit code
   */
  static int run(Console console, String... args) {
    DRIVER.setLevel(Level.OFF);
    console.hide(args);
    try (Stores stores = new Stores()) {
      return commandLine(console, stores).execute(args);
    }
  }

  private static CommandLine commandLine(Console console, Stores stores) {
    Holdfast root = new Holdfast(stores);
    CommandLine migrate = new CommandLine(new MigrateCommand());
    migrate.addSubcommand(new MigrateLegacyCommand(console, stores));
    CommandLine follow = new CommandLine(new FollowCommand());
    follow.addSubcommand(new FollowLegacyCommand(console, stores));
    CommandLine compare = new CommandLine(new CompareCommand());
    compare.addSubcommand(new CompareLegacyCommand(console, stores));
    CommandLine spire = new CommandLine(new SpireCommand());
    spire.addSubcommand(new SpireExecCommand(console, stores, System.in));
    CommandLine generate = new CommandLine(new GenerateCommand());
    generate.addSubcommand(new GenerateFleetCommand(console, stores));
    CommandLine line =
        new CommandLine(root)
            .addSubcommand(migrate)
            .addSubcommand(follow)
            .addSubcommand(compare)
            .addSubcommand(generate)
            .addSubcommand(spire)
            .addSubcommand(new QuickstartCommand(console))
            .addSubcommand(new QuickstartWriterCommand(console));
    line.getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(exitCodes());
    line.setOut(console.out()).setErr(console.err());
    line.setParameterExceptionHandler(
        (e, args) -> failed(e, e.getCommandLine(), List.of(args), console, false));
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> failed(e, command, parsed.originalArgs(), console, root.debug));
    return line;
  }

  /** Tells of a failure, to programs as well if they read the output; the exit code. */
  private static int failed(
      Exception failure, CommandLine command, List<String> args, Console console, boolean debug) {
    if (LegacyOptions.wantsJson(args)) {
      if (command.getCommand() instanceof FollowLegacyCommand) {
        new FollowReports(console, true).failed(failure);
      } else {
        boolean isOneOfSeveralLines = command.getCommand() instanceof CompareLegacyCommand;
        console.print(ReportJson.ofFailure(failure, isOneOfSeveralLines));
      }
    }
    return Failure.report(failure, console, debug).number();
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    for (ExitCode code : ExitCode.values()) {
      codes.put(Integer.toString(code.number()), code.meaning());
    }
    return codes;
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
  }

  /** The version that stands in the jar. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Holdfast.class.getPackage().getImplementationVersion();
      return new String[] {"holdfast " + (version == null ? "(not from a jar)" : version)};
    }
  }
}
