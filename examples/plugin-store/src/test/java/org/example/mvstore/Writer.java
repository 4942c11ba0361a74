package org.example.mvstore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;

/** A process of its own that writes keys 0, 1, 2 and so on, and says when each is acknowledged. */
final class Writer implements AutoCloseable {
  private final Process process;
  private final BufferedReader acknowledged;

  Writer(String url) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                url)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    acknowledged = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** The next key that was acknowledged; null behind the process's end. */
  String next() throws IOException {
    return acknowledged.readLine();
  }

  /** Ends it as kill -9 does; what it has said can still be read. */
  void kill() {
    process.toHandle().destroyForcibly();
    process.onExit().join();
  }

  @Override
  public void close() throws IOException {
    kill();
    acknowledged.close();
  }

  public static void main(String[] arguments) {
    try (Store store = Store.open(arguments[0])) {
      for (int i = 0; ; i++) {
        store.put(Key.of(Integer.toString(i)), new byte[100]);
        System.out.println(i);
      }
    }
  }
}
