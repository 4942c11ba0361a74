package io.holdfast.migrate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;

/** A process that has a database open, as a SPIRE server does, and does what it is told. */
final class OtherProcess implements AutoCloseable {
  private static final String DONE = "done";

  private final Process process;
  private final BufferedReader answers;

  /** Opens the database in a process of its own. */
  OtherProcess(Path database) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                OtherProcess.class.getName(),
                database.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    answers = reader(process.getInputStream());
  }

  private static BufferedReader reader(InputStream stream) {
    return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
  }

  /** Runs a statement there and waits for its end. */
  void execute(String sql) throws IOException {
    process.getOutputStream().write((sql + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
    String answer = answers.readLine();
    if (!DONE.equals(answer)) {
      throw new AssertionError(sql + ": " + answer);
    }
  }

  /** Ends the process as kill -9 does. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  public static void main(String[] arguments) throws Exception {
    BufferedReader commands = reader(System.in);
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + arguments[0]);
        Statement statement = connection.createStatement()) {
      for (String sql = commands.readLine(); sql != null; sql = commands.readLine()) {
        statement.execute(sql);
        System.out.println(DONE);
      }
    }
  }
}
