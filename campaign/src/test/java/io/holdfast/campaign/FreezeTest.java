package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is frozen goes on when it should, and also when nobody is left to say so. */
@Timeout(300)
final class FreezeTest {
  private static final char STOPPED = 'T';

  private Process subject;

  @BeforeEach
  void start() throws IOException {
    subject = new ProcessBuilder("sleep", "600").start();
  }

  @AfterEach
  void end() {
    subject.destroyForcibly();
  }

  private char state() {
    try {
      String stat = Files.readString(Path.of("/proc/" + subject.pid() + "/stat"), ISO_8859_1);
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The signal is on its way when it has been sent. */
  private void awaitFrozen() {
    await(true, "it goes on");
  }

  private void awaitThaw() {
    await(false, "it stays frozen");
  }

  private void await(boolean frozen, String otherwise) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while ((state() == STOPPED) != frozen) {
      assertTrue(System.nanoTime() < end, otherwise);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void aFrozenProcessGoesOnWhenItIsThawed() {
    Freeze freeze = Freeze.of(subject.pid());
    awaitFrozen();
    freeze.close();
    awaitThaw();
  }

  @Test
  void aFrozenProcessGoesOnWhenWhoFrozeItIsKilled() throws Exception {
    Process other =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Freezing.class.getName(),
                Long.toString(subject.pid()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertEquals('f', other.getInputStream().read());
    awaitFrozen();
    other.destroyForcibly().waitFor();
    awaitThaw();
  }

  /** Freezes a process and waits to be killed. */
  static final class Freezing {
    public static void main(String[] arguments) throws Exception {
      Freeze freeze = Freeze.of(Long.parseLong(arguments[0]));
      System.out.print("frozen");
      System.out.flush();
      Thread.currentThread().join();
      freeze.close();
    }
  }
}
