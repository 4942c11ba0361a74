package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** Whose the TCP ports of this machine are, as Linux tells. */
final class LocalPorts {
  private LocalPorts() {}

  /** Whether a connection from this port of 127.0.0.1 is a process's. */
  static boolean isOf(ProcessHandle process, int port) {
    try {
      Optional<String> socket = socket("0100007F:%04X".formatted(port));
      return socket.isPresent() && has(process, "socket:[" + socket.get() + "]");
    } catch (IOException e) {
      throw new TestbedException("port " + port + ": " + e.getMessage(), e);
    }
  }

  private static Optional<String> socket(String address) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/net/tcp"), US_ASCII)) {
      return lines
          .map(line -> line.strip().split("\\s+"))
          .filter(columns -> columns[1].equals(address))
          .map(columns -> columns[9])
          .findFirst();
    }
  }

  /** A process opens and closes files while they are listed, and may end. */
  private static boolean has(ProcessHandle process, String socket) {
    String[] open = new File("/proc/" + process.pid() + "/fd").list();
    return open != null
        && Arrays.stream(open)
            .map(name -> Path.of("/proc", "" + process.pid(), "fd", name))
            .anyMatch(file -> target(file).equals(socket));
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
