package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server ends with the JVM that started it, however that ends. */
final class JvmEndTest {

  @Test
  void serversEndWithTheJvm() throws Exception {
    Started started = start();
    started.jvm().getOutputStream().close();
    started.awaitEnd();
  }

  @Test
  void serversEndWhenTheJvmIsKilled() throws Exception {
    Started started = start();
    started.jvm().destroyForcibly();
    started.awaitEnd();
  }

  /** Numbers of processes go round quickly where many are started. */
  @Test
  void watchdogSparesAnotherProcessThatGotItsServersNumber(@TempDir Path folder) throws Exception {
    Process other = new ProcessBuilder("sleep", "60").start();
    try {
      String begun = ServerProcess.begun(other.pid());
      endWatchdog(ServerProcess.watch(other.pid(), begun + "1", "KILL", folder.resolve("a")));
      assertTrue(other.isAlive());
      endWatchdog(ServerProcess.watch(other.pid(), begun, "KILL", folder.resolve("a")));
      assertTrue(other.waitFor(1, TimeUnit.SECONDS));
    } finally {
      other.destroyForcibly();
    }
  }

  private static void endWatchdog(Process watchdog) throws Exception {
    watchdog.getOutputStream().close();
    assertTrue(watchdog.waitFor(15, TimeUnit.SECONDS));
  }

  /** One left alone would delete everything as soon as its input is collected as garbage. */
  @Test
  void serverThatEndedByItselfLeavesNoWatchdog() throws Exception {
    try (MariaDb mariaDb = MariaDb.start()) {
      long before = shells();
      ProcessHandle server = mariaDb.own().processes().get(0);
      server.destroyForcibly();
      server.onExit().join();
      mariaDb.restart();
      assertEquals(before, shells());
    }
  }

  private static long shells() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().command().orElse("").endsWith("sh"))
        .count();
  }

  /** Starts a server, tells it and ends when there is nothing more to read. */
  public static void main(String[] arguments) throws IOException {
    PrintStream output = new PrintStream(new FileOutputStream(FileDescriptor.out));
    Postgres.start();
    output.println(Scratch.path(""));
    output.flush();
    while (System.in.read() >= 0) {}
  }

  private static Started start() throws IOException {
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                JvmEndTest.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Path scratch = Path.of(jvm.inputReader().readLine());
    List<ProcessHandle> children = jvm.descendants().toList();
    assertTrue(children.size() > 2, "a server, its children and the watchdog");
    assertTrue(Files.isDirectory(scratch));
    return new Started(jvm, children, scratch);
  }

  private record Started(Process jvm, List<ProcessHandle> children, Path scratch) {

    void awaitEnd() throws Exception {
      Deadline.await(
          () -> {
            assertEquals(List.of(), children.stream().filter(ServerProcess::isRunning).toList());
            assertFalse(Files.exists(scratch), scratch::toString);
          },
          Duration.ofSeconds(15),
          () -> true);
    }
  }
}
