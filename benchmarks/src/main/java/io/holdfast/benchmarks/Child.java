package io.holdfast.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Another process, which plays a role and answers each line with one line. */
final class Child implements AutoCloseable {
  /** What it is told arrives on its standard input, except for this, which may hold a password. */
  static final String URL_VARIABLE = "HOLDFAST_BENCHMARK_URL";

  static final String READY = "ready";

  /** Asks for the milliseconds that the process's compilers have taken. */
  static final String COMPILED = "compiled";

  private final Process process;
  private final PrintWriter to;
  private final BufferedReader from;

  /** What a child does. */
  enum Role {
    /** Puts into a store for so many milliseconds as each line says; answers how many a second. */
    PUT,
    /** The same with upserts into a plain table. */
    UPSERT,
    /** Watches a store; see {@link Watching}. */
    WATCH,
    /** The same for etcd with the bare stubs. */
    WATCH_ETCD,
    /** Mirrors a store for many subscribers; see {@link Watching}. */
    SUBSCRIBE,
    /** Asks what agents are entitled to whenever an entry changes; see {@link Watching}. */
    AUTHORIZE
  }

  private Child(Process process) {
    this.process = process;
    to = new PrintWriter(process.getOutputStream(), true, UTF_8);
    from = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** Starts one and waits until it is ready. */
  static Child start(Role role, String url, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ChildProgram.class.getName(), role.name()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(Map.of(URL_VARIABLE, url));
    Child child = new Child(builder.start());
    String first = child.hear();
    if (!first.equals(READY)) {
      throw new IOException(role + " said " + first);
    }
    return child;
  }

  void tell(String line) {
    to.println(line);
  }

  /** The next line that the process says. */
  String hear() throws IOException {
    String line = from.readLine();
    if (line == null) {
      throw new IOException("the other process has ended; its error output says why");
    }
    return line;
  }

  String ask(String line) throws IOException {
    tell(line);
    return hear();
  }

  /** It ends at the end of its input, or is made to. */
  @Override
  public void close() {
    to.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
