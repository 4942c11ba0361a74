package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The folders and ports of this JVM's servers; the folder for data goes when the JVM ends. */
final class Scratch {
  private static final Random RANDOM = new Random();
  private static final Set<Integer> PORTS = ConcurrentHashMap.newKeySet();
  private static final Path ROOT = create();

  private Scratch() {}

  /** A path below the JVM's data folder; nothing is there yet. */
  static Path path(String name) {
    return ROOT.resolve(name);
  }

  /** A new empty folder that the account of the servers owns. */
  static Path folder(String name) {
    try {
      Path folder = Files.createDirectory(path(name));
      Account.give(folder);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where fetched binaries stay between builds. It must be readable by the account of the servers,
   * which root's own cache is not.
   */
  static Path cache() {
    if (Account.isRoot()) {
      return Path.of("/var/cache/holdfast");
    }
    String cache = System.getenv("XDG_CACHE_HOME");
    return cache == null || cache.isEmpty()
        ? Path.of(System.getProperty("user.home"), ".cache", "holdfast")
        : Path.of(cache, "holdfast");
  }

  /**
   * A free port on this machine, never given out before. It lies below the ports that Linux takes
   * for outgoing connections, so it is still free when a killed server comes back.
   */
  static int port() {
    while (true) {
      int port = 10_000 + RANDOM.nextInt(20_000);
      if (isFree(port) && PORTS.add(port)) {
        return port;
      }
    }
  }

  static void delete(Path tree) {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Deletes the JVM's folder and does not wait for it: the thousands of files that servers leave
   * can take longer than a JVM is given to end.
   */
  static void deleteBehind() {
    try {
      new ProcessBuilder("rm", "-rf", "--", path("").toString())
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The last lines of a text file, or why there are none. */
  static String tail(Path file, int linesMax) {
    try {
      List<String> lines = new String(Files.readAllBytes(file), ISO_8859_1).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - linesMax), lines.size()));
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path create() {
    try {
      Path root = Files.createTempDirectory("holdfast-testbed-");
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
      return root;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
