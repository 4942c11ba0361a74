package io.holdfast.campaign;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Short campaigns on PostgreSQL. */
@Timeout(900)
final class PostgresCampaignTest {
  @Test
  void historiesUnderFaultsKeepTheContract() throws Exception {
    Campaigns.assertClean(Options.Backend.POSTGRES, Duration.ofSeconds(10));
  }

  @Test
  void aHistoryOfWhichFewCommitsAreKeptIsRecordedWhole() throws Exception {
    String few = "--backend postgres --duration 12s --history 60";
    Campaigns.assertClean(Options.parse(few.split(" ")));
  }

  @Test
  void historiesOverAFailoverKeepTheContract() throws Exception {
    Campaigns.assertClean(Options.Backend.POSTGRES_PAIR, Duration.ofSeconds(12));
  }
}
