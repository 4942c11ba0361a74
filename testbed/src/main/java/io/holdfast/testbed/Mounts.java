package io.holdfast.testbed;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Small file systems for tests, where this user may mount any. */
public final class Mounts {
  private Mounts() {}

  /** Mounts; false where this account may not. */
  public static boolean mount(String type, String options, Path at) {
    return run("mount", "-t", type, "-o", options, type, at.toString());
  }

  /** Mounts; where this account may not, the test is reported as aborted, with the reason. */
  public static void require(String type, String options, Path at) {
    assumeTrue(
        mount(type, options, at),
        () -> "this account may not mount a file system at " + at + ": run this test as root");
  }

  /** Lets nobody write any more to what is mounted there; false if that is not possible. */
  public static boolean remountReadOnly(Path at) {
    return run("mount", "-o", "remount,ro", at.toString());
  }

  /** Takes a file system away. */
  public static void unmount(Path at) {
    if (!run("umount", at.toString())) {
      throw new AssertionError("cannot unmount " + at);
    }
  }

  /** Runs a command; false if there is none or it fails. */
  public static boolean run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
