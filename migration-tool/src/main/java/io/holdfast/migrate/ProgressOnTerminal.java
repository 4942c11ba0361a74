package io.holdfast.migrate;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress as a bar that is drawn over itself. */
final class ProgressOnTerminal implements Progress {
  private static final int COLUMNS = 79;

  private final Console console;
  private final ProgressBar bar;

  ProgressOnTerminal(Console console, String task, long total) {
    this.console = console;
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(task)
            .setInitialMax(total)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(200)
            .setConsumer(new DelegatingProgressBarConsumer(console::overwrite, COLUMNS))
            .build();
  }

  @Override
  public void step() {
    bar.step();
  }

  @Override
  public void close() {
    bar.close();
    console.note("");
  }
}
