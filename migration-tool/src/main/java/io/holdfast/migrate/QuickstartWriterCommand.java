package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The second process of the quickstart: gives an entry each hint that it reads from its stdin, and
 * writes when that was committed. Ends with its stdin, so also with the process that started it.
 */
@Command(name = QuickstartWriterCommand.NAME, hidden = true)
final class QuickstartWriterCommand implements Callable<Integer> {
  static final String NAME = "quickstart-writer";

  /** What it writes when it is ready for the first hint. */
  static final String READY = "ready";

  private final Console console;

  @Option(names = "--store", required = true)
  private String url;

  @Option(names = "--entry", required = true)
  private String entryId;

  QuickstartWriterCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    try (Store store = Store.open(url);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
        BufferedReader hints = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      console.print(READY);
      for (String hint = hints.readLine(); hint != null; hint = hints.readLine()) {
        String next = hint;
        datastore
            .items(SpireTypes.ENTRY)
            .update(entryId, entry -> entry.toBuilder().setHint(next).build());
        console.print(Instant.now().toString());
      }
    }
    return ExitCode.OK.number();
  }
}
