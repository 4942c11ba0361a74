package io.holdfast.campaign;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short campaign on MariaDB. */
@Timeout(900)
final class MariaDbCampaignTest {
  @Test
  void historiesUnderFaultsKeepTheContract() throws Exception {
    Campaigns.assertClean(Options.Backend.MARIADB, Duration.ofSeconds(10));
  }
}
