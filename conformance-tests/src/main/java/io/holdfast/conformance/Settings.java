package io.holdfast.conformance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How the kit runs; see the package's description.
 *
 * @param scale factor on the length of random and concurrent histories
 * @param patience how long to wait for what must happen
 * @param seed where the random choices begin
 */
record Settings(double scale, Duration patience, long seed) {
  private static final String PREFIX = "holdfast.conformance.";

  static Settings of(ExtensionContext context) {
    return new Settings(
        context.getConfigurationParameter(PREFIX + "scale", Double::valueOf).orElse(1.0),
        Duration.ofMillis(
            context.getConfigurationParameter(PREFIX + "patience", Long::valueOf).orElse(30_000L)),
        context
            .getConfigurationParameter(PREFIX + "seed", Long::valueOf)
            .orElseGet(() -> ThreadLocalRandom.current().nextLong()));
  }

  /** Where a report is wanted; mostly nowhere. */
  static Optional<Path> report(ExtensionContext context) {
    return context
        .getConfigurationParameter(PREFIX + "report")
        .filter(folder -> !folder.isBlank())
        .map(Path::of);
  }

  /** A number of steps, scaled; at least 1. */
  int scaled(int steps) {
    return (int) Math.max(1, Math.round(steps * scale));
  }
}
