package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.store.Position;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link Worker} that runs, as the campaign holds it. */
final class WorkerProcess {
  private static final String ENDED = "(ended)";

  private final int number;
  private final Path folder;
  private final Process process;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private boolean killed;

  private WorkerProcess(int number, Path folder, Process process) {
    this.number = number;
    this.folder = folder;
    this.process = process;
    Thread reader = new Thread(this::read, "campaign-worker-" + number);
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a process; it is at work when it has answered {@code ready}. */
  static WorkerProcess start(int number, Options options, Path folder, String url, Position from) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    // So that what killed processes leave of the SQLite driver goes with the folder.
    command.add("-Dorg.sqlite.tmpdir=" + folder.toAbsolutePath());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
    command.addAll(
        List.of(
            "" + number,
            folder.toString(),
            "" + (options.seed() + number),
            "" + options.clients(),
            "" + options.leash(),
            "" + from.revision().number(),
            "" + from.token()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(Redirect.to(folder.resolve("p" + number + ".log").toFile()));
    builder.environment().put(Worker.URL, url);
    try {
      return new WorkerProcess(number, folder, builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int number() {
    return number;
  }

  boolean wasKilled() {
    return killed;
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.add(line);
      }
    } catch (IOException e) {
      answers.add(e.toString());
    }
    answers.add(ENDED);
  }

  void order(String line) {
    try {
      process.getOutputStream().write((line + "\n").getBytes(UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new IllegalStateException(this + " does not listen: " + e, e);
    }
  }

  /** Waits for an answer that begins so; anything else is an exception. */
  String await(String beginning, Duration most) throws InterruptedException {
    String answer = answers.poll(most.toMillis(), TimeUnit.MILLISECONDS);
    if (answer == null || !answer.startsWith(beginning)) {
      throw new IllegalStateException(
          this + " did not answer " + beginning + " within " + most + ", but " + answer);
    }
    return answer;
  }

  void kill9() {
    killed = true;
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops it until what is returned is closed. */
  Freeze freeze() {
    return Freeze.of(process.pid());
  }

  @Override
  public String toString() {
    return "process p" + number + " (see " + folder.resolve("p" + number + ".log") + ")";
  }
}
