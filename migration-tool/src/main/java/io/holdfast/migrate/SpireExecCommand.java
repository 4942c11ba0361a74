package io.holdfast.migrate;

import io.holdfast.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves the operations of SPIRE's data store as JSON lines, for scripts and test suites. */
@Command(
    name = "exec",
    description = {
      "Serves the operations of SPIRE's data store: one JSON request per line on stdin, one",
      "answer per line on stdout, until stdin ends. A request is",
      "{\"id\": 1, \"op\": \"FetchBundle\", \"args\": {\"trust_domain_id\": \"spiffe://td\"}}."
    },
    mixinStandardHelpOptions = true)
final class SpireExecCommand implements Callable<Integer> {
  private final Console console;
  private final Stores stores;
  private final InputStream in;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "URL",
      description = "The store, such as sqlite:/var/lib/spire.db.")
  private String url;

  @Option(
      names = "--allow-reset",
      description = {
        "For test suites: serve the operation Reset too, which empties the store, and give",
        "tokens of pages as SPIRE does, as numbers of rows, which hold for this process."
      })
  private boolean allowReset;

  SpireExecCommand(Console console, Stores stores, InputStream in) {
    this.console = console;
    this.stores = stores;
    this.in = in;
  }

  @Override
  public Integer call() throws IOException {
    try (Store store = stores.open(url);
        SpireSession session = new SpireSession(store, allowReset)) {
      JsonLines lines = new JsonLines(in);
      for (JsonLines.Line line = lines.next(); line != null; line = lines.next()) {
        console.answer(session.answer(line));
      }
    }
    return ExitCode.OK.number();
  }
}
