package io.holdfast.campaign;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short campaign on one SQLite file. */
@Timeout(900)
final class SqliteCampaignTest {
  @Test
  void historiesUnderFaultsKeepTheContract() throws Exception {
    Campaigns.assertClean(Options.Backend.SQLITE, Duration.ofSeconds(12));
  }
}
