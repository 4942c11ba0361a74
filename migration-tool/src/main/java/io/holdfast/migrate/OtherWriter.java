package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own that changes an entry of a store; see {@link QuickstartWriterCommand}. */
final class OtherWriter implements AutoCloseable {
  private static final long END_SECONDS_MAX = 20;
  private static final int JAVA_WARNS_OF_UNSAFE = 24;

  private final Process process;
  private final BufferedReader answers;

  private OtherWriter(Process process) {
    this.process = process;
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** Starts the process, and returns when it is ready. */
  static OtherWriter start(String storeUrl, String entryId) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= JAVA_WARNS_OF_UNSAFE) {
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Holdfast.class.getName(), QuickstartWriterCommand.NAME));
    command.addAll(List.of("--store", storeUrl, "--entry", entryId));
    OtherWriter writer =
        new OtherWriter(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    try {
      writer.expect(QuickstartWriterCommand.READY.equals(writer.answers.readLine()));
      return writer;
    } catch (IOException | RuntimeException e) {
      writer.process.destroyForcibly();
      throw e;
    }
  }

  long pid() {
    return process.pid();
  }

  /** Has the entry given a hint. */
  void write(String hint) throws IOException {
    process.getOutputStream().write((hint + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  /** When the last write was acknowledged over there. */
  Instant acknowledged() throws IOException {
    String answer = answers.readLine();
    expect(answer != null);
    return Instant.parse(answer);
  }

  /** Lets the process end by itself, and tells whether all went well there. */
  void finish() throws IOException, InterruptedException {
    process.getOutputStream().close();
    expect(process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS) && process.exitValue() == 0);
  }

  private void expect(boolean well) {
    StepFailedException.unless(
        well, "the second process, " + pid() + ", did not do what it was asked for");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
