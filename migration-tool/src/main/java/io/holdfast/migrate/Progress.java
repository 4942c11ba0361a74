package io.holdfast.migrate;

/**
 * Shows how far one long piece of work is, on stderr: a bar on a terminal, now and then a line
 * elsewhere. For one thread.
 */
interface Progress extends AutoCloseable {
  /** One more is done. */
  void step();

  /** Stops showing; what is shown last stays. */
  @Override
  void close();

  /**
   * Begins to show.
   *
   * @param task what is done, such as {@code import}
   * @param total how many steps that takes, as far as is known
   */
  static Progress start(Console console, String task, long total) {
    return console.isTerminal()
        ? new ProgressOnTerminal(console, task, total)
        : new ProgressLines(console, task, total, System::nanoTime);
  }
}
