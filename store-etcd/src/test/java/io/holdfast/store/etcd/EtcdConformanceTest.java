package io.holdfast.store.etcd;

import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;
import io.holdfast.testbed.Etcd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The whole contract on a real etcd; one of its own, since backups are put back. */
final class EtcdConformanceTest implements StoreConformance {
  private static Etcd etcd;

  @BeforeAll
  static void start() {
    etcd = Etcd.start();
  }

  @AfterAll
  static void stop() {
    etcd.close();
  }

  @Override
  public StoreHarness harness() {
    return new EtcdHarness(etcd);
  }
}
