package io.holdfast.migrate;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups what makes up data for trials. */
@Command(
    name = "generate",
    description = "Fills an empty store or database with made-up data.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class GenerateCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say what to generate; holdfast generate --help lists it");
  }
}
