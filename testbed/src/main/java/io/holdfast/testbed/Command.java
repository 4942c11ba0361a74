package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command line and what it needs.
 *
 * @param line the program and its arguments
 * @param environment all variables beside PATH: settings of the developer's own servers stay out
 */
record Command(List<String> line, Map<String, String> environment) {
  private static final long SECONDS_MAX = 120;

  static Command of(String... line) {
    return new Command(List.of(line), Map.of());
  }

  /** The same, run by the servers' account. */
  Command unprivileged() {
    List<String> longer = new ArrayList<>(Account.prefix());
    longer.addAll(line);
    return new Command(longer, environment);
  }

  /** Starts it and returns at once; what it prints is appended to a file. */
  Process start(Path log) throws IOException {
    return builder()
        .redirectInput(new File("/dev/null"))
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /** Runs it to its end, which must be success, and returns what it printed. */
  String run() {
    return run(InputStream.nullInputStream());
  }

  /** The same, with something to read from standard input. */
  String run(InputStream input) {
    Path output = null;
    try {
      output = Files.createTempFile("holdfast-", ".out");
      Process process = builder().redirectOutput(output.toFile()).start();
      feed(process, input);
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw failed("did not end within " + SECONDS_MAX + " s", output);
      }
      if (process.exitValue() != 0) {
        throw failed("ended with exit code " + process.exitValue(), output);
      }
      return Files.readString(output, UTF_8);
    } catch (IOException e) {
      throw new TestbedException(line + " could not be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TestbedException(line + " was interrupted", e);
    } finally {
      if (output != null) {
        Scratch.delete(output);
      }
    }
  }

  private ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.directory(new File("/"));
    builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
    builder.environment().putAll(environment);
    return builder;
  }

  private static void feed(Process process, InputStream input) throws IOException {
    try (var output = process.getOutputStream()) {
      input.transferTo(output);
    } catch (IOException e) {
      if (process.isAlive()) {
        throw e;
      }
    }
  }

  private TestbedException failed(String how, Path output) {
    return new TestbedException(
        String.join(" ", line) + " " + how + ":\n" + Scratch.tail(output, 20));
  }
}
