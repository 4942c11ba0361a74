package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command line in a process of its own, as users run it. */
final class Child implements AutoCloseable {
  private static final long SECONDS_MAX = 120;

  private final Process process;
  private final Path out;
  private final Path err;

  private Child(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts it.
   *
   * @param temporary the process's folder for temporary files
   */
  static Child start(Path temporary, String... arguments) throws IOException {
    return start(List.of(), List.of(), temporary, arguments);
  }

  /** Starts it behind another command and with more options for Java. */
  static Child start(List<String> prefix, List<String> options, Path temporary, String... arguments)
      throws IOException {
    return start(prefix, options, Map.of(), temporary, arguments);
  }

  /**
   * Starts it behind another command, with more options for Java and a larger environment.
   *
   * @param prefix such as a command that mounts something
   * @param options such as a bound on the memory
   * @param environment what is added to this process's own
   */
  static Child start(
      List<String> prefix,
      List<String> options,
      Map<String, String> environment,
      Path temporary,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(java(options, temporary));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("child", ".out");
    Path err = Files.createTempFile("child", ".err");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.redirectOutput(Redirect.to(out.toFile())).redirectError(Redirect.to(err.toFile()));
    return new Child(builder.start(), out, err);
  }

  /** How to start the command line, without its arguments. */
  private static List<String> java(List<String> options, Path temporary) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= 24) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Holdfast.class.getName());
    return command;
  }

  /** Writes all that its stdin has. */
  void in(byte[] bytes) throws IOException {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(bytes);
    }
  }

  /** Waits for the end; the exit code. */
  int exit() throws InterruptedException {
    if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
      throw new AssertionError("still running after " + SECONDS_MAX + " s");
    }
    return process.exitValue();
  }

  /** Waits a moment; whether it is still running then. */
  boolean runsOn() throws InterruptedException {
    return !process.waitFor(2, TimeUnit.MILLISECONDS);
  }

  /**
   * Tells it to end, as kill does, and Ctrl-C; the signal of that one may be ignored by whatever a
   * shell has started in the background.
   */
  void terminate() {
    process.destroy();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** What it has written to stdout. */
  String out() throws IOException {
    return text(out);
  }

  /** What it has written to stderr. */
  String err() throws IOException {
    return text(err);
  }

  /** While it is written, its last letter may not be whole. */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), UTF_8);
  }

  /** Ends it as kill -9 does, if it still runs. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    Files.delete(out);
    Files.delete(err);
  }
}
