package io.holdfast.migrate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what Holdfast does, on real data. */
@Command(
    name = "quickstart",
    description = "Shows it all on a real database: migrate, load, ask, change, damage, repair.",
    mixinStandardHelpOptions = true)
final class QuickstartCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec spec;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Work in this new or empty directory, and leave the store there.")
  private Path keep;

  @Option(names = "--questions", hidden = true, defaultValue = "1000000")
  private int questions;

  QuickstartCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    if (keep != null) {
      new Quickstart(console, emptyFolder(), questions).run();
      console.print("The store is left in " + keep + ".");
    } else {
      try (TemporaryFolder folder = new TemporaryFolder("holdfast-quickstart-")) {
        new Quickstart(console, folder.path(), questions).run();
      }
    }
    return ExitCode.OK.number();
  }

  private Path emptyFolder() throws IOException {
    if (Files.exists(keep)) {
      try (Stream<Path> files = Files.isDirectory(keep) ? Files.list(keep) : Stream.of(keep)) {
        if (files.findAny().isPresent()) {
          throw new ParameterException(
              spec.commandLine(), keep + " is there already: name a new or an empty directory");
        }
      }
    }
    return Files.createDirectories(keep);
  }
}
