package io.holdfast.benchmarks;

import io.holdfast.migrate.Holdfast;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs the command line {@code holdfast} in a process of its own, with little memory. */
final class CommandLineTool {
  private static final String HEAP = "-Xmx256m";

  private CommandLineTool() {}

  /** Runs a command, and says how many seconds it took; its output is told if it fails. */
  static double run(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of(HEAP, "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Holdfast.class.getName());
    command.addAll(List.of(arguments));
    File output = File.createTempFile("holdfast-benchmark", ".log");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
      builder.environment().putAll(environment);
      long begin = System.nanoTime();
      int code = builder.start().waitFor();
      if (code != 0) {
        throw new IOException(
            "holdfast "
                + arguments[0]
                + " ended with "
                + code
                + ": "
                + Files.readString(output.toPath()));
      }
      return (System.nanoTime() - begin) / 1e9;
    } finally {
      Files.delete(output.toPath());
    }
  }
}
