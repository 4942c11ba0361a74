package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;

/** Runs campaigns as tests. The seed is printed, and can be given to a campaign of its own. */
final class Campaigns {
  private Campaigns() {}

  static void assertClean(Options.Backend backend, Duration duration) throws Exception {
    assertClean(Options.standard(backend, duration));
  }

  static void assertClean(Options options) throws Exception {
    Report report = Campaign.run(options, System.out);
    assertTrue(report.isClean(), report::text);
    assertTrue(report.verdict().batches() > 0, report::text);
    assertTrue(report.history().commits().size() > 50, report::text);
  }
}
