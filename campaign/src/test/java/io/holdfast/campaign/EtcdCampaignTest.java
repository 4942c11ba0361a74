package io.holdfast.campaign;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short campaign on a cluster of etcd. */
@Timeout(900)
final class EtcdCampaignTest {
  @Test
  void historiesUnderFaultsKeepTheContract() throws Exception {
    Campaigns.assertClean(Options.Backend.ETCD, Duration.ofSeconds(12));
  }
}
