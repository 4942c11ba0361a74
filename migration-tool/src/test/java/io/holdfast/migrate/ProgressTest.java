package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ProgressTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final AtomicLong nanos = new AtomicLong();

  @Test
  void logsGetALineEveryFewSeconds() {
    try (Console console = new Console(OutputStream.nullOutputStream(), err, false);
        Progress progress = new ProgressLines(console, "import", 4000, nanos::get)) {
      for (int i = 0; i < 4000; i++) {
        nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(4));
        progress.step();
      }
    }
    assertEquals(
        "import: 1,250 of 4,000\nimport: 2,500 of 4,000\nimport: 3,750 of 4,000\n",
        err.toString(UTF_8));
  }

  @Test
  void aTerminalGetsABarThatIsDrawnOverItself() {
    try (Console console = new Console(OutputStream.nullOutputStream(), err, true);
        Progress progress = Progress.start(console, "import", 50)) {
      for (int i = 0; i < 50; i++) {
        progress.step();
      }
    }
    String shown = err.toString(UTF_8);
    assertTrue(shown.startsWith("\rimport"), shown);
    assertTrue(shown.contains("50/50"), shown);
    assertEquals(1, shown.chars().filter(c -> c == '\n').count(), shown);
  }
}
