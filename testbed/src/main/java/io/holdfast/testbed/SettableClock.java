package io.holdfast.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The wall clock of one server of a test, which can be set ahead and back while the server runs.
 * What the server measures by its monotonic clock stays as it is, as on a machine whose clock is
 * set.
 *
 * <p>Done by libfaketime of this machine, or of the distribution's package, which is fetched
 * without installing it; so only for servers that ask the C library for the time. Those in Go do
 * not.
 */
public final class SettableClock {
  private static final String LIBRARY = "libfaketimeMT.so.1";
  private static final Pattern SHARED = Pattern.compile("(?:sem\\.)?faketime_\\w+_(\\d+)");
  private static final Once<Path> FOUND = new Once<>(SettableClock::find);

  private final Path library = FOUND.get();
  private final Path offset = Scratch.path(SqlServer.nextName("clock"));

  /** A clock that is right. */
  public SettableClock() {
    sweep();
    set(Duration.ZERO);
  }

  /** Sets the clock to so much ahead of this machine's, or behind it. */
  public void set(Duration ahead) {
    Path making = offset.resolveSibling(offset.getFileName() + "-new");
    try {
      Files.writeString(making, "%+d".formatted(ahead.toSeconds()));
      Files.move(making, offset, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new TestbedException(offset + ": " + e.getMessage(), e);
    }
  }

  /** The same programs with this clock, which begins below the account that they run as. */
  Binaries in(Binaries binaries) {
    List<String> start =
        Stream.concat(
                Stream.of(
                    "env",
                    "LD_PRELOAD=" + library,
                    "FAKETIME_TIMESTAMP_FILE=" + offset,
                    "FAKETIME_NO_CACHE=1",
                    "FAKETIME_DONT_FAKE_MONOTONIC=1"),
                binaries.loader().stream())
            .toList();
    return new Binaries(binaries.folder(), binaries.environment(), start);
  }

  /** Removes what the library leaves in shared memory when a server is killed. */
  private static void sweep() {
    try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
      for (Path file : files.toList()) {
        Matcher name = SHARED.matcher(file.getFileName().toString());
        if (name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()) {
          file.toFile().delete(); // if it is ours
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new TestbedException("shared memory: " + e.getMessage(), e);
    }
  }

  private static Path find() {
    return new Attempts<Path>(LIBRARY)
        .or("this machine", () -> in(Path.of("/usr/lib")))
        .or("download", () -> in(DebianPackages.ofThisSystem("libfaketime", "libfaketime")))
        .orFail("Install libfaketime.");
  }

  /** Debian keeps it in a folder of the machine's kind, with one of its own below. */
  private static Path in(Path folder) throws IOException {
    try (Stream<Path> files = Files.find(folder, 6, (file, what) -> file.endsWith(LIBRARY))) {
      return files
          .findFirst()
          .orElseThrow(() -> new TestbedException("no " + LIBRARY + " below " + folder));
    }
  }
}
