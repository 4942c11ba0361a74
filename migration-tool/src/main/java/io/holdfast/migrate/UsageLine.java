package io.holdfast.migrate;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one line what is wrong with a command line. */
final class UsageLine {
  private UsageLine() {}

  /** What is unknown comes first: a mistyped option is also missing, which explains nothing. */
  static String of(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    List<String> unknown = command.getUnmatchedArguments();
    String wrong = unknown.isEmpty() ? failure.getMessage() : unknown(command, unknown);
    return wrong + "; try " + command.getCommandSpec().qualifiedName() + " --help";
  }

  private static String unknown(CommandLine command, List<String> arguments) {
    List<String> similar = new UnmatchedArgumentException(command, arguments).getSuggestions();
    String question = similar.isEmpty() ? "" : "; did you mean " + similar.get(0);
    String first = arguments.get(0);
    return command.getCommandSpec().qualifiedName()
        + (first.startsWith("-") ? " has no option '" : " cannot do anything with '")
        + first
        + "'"
        + question;
  }
}
