package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * One run of the command line in this process.
 *
 * @param exit the exit code
 * @param out what was written to stdout
 * @param err what was written to stderr
 */
record Run(int exit, String out, String err) {
  static Run of(String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit;
    try (Console console = new Console(out, err, false)) {
      exit = Holdfast.run(console, arguments);
    }
    return new Run(exit, out.toString(UTF_8), err.toString(UTF_8));
  }

  /** The lines on stderr, but for those that tell of progress. */
  List<String> errorLines() {
    return errorLines(err);
  }

  static List<String> errorLines(String err) {
    return err.lines().filter(line -> !line.matches("\\w+: [\\d,]+ of [\\d,]+")).toList();
  }
}
