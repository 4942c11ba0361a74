package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.EtcdCluster;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.Postgres;
import java.net.URI;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Servers that are gone for a time, so many seconds as the property {@code holdfast.outage} says:
 * who uses the store is told so, waits, and goes on by itself, and nothing is lost.
 */
@Timeout(900)
final class OutageTest {
  private static final int SECONDS = Integer.getInteger("holdfast.outage", 3);

  @Test
  void postgresIsGoneForAWhile() throws Exception {
    try (Postgres server = Postgres.start()) {
      Database database = server.freshDatabase();
      assertSurvived(
          SqlUrls.direct("postgresql", database),
          database.password(),
          server::kill9,
          server::restart);
    }
  }

  @Test
  void mariaDbIsGoneForAWhile() throws Exception {
    try (MariaDb server = MariaDb.start()) {
      Database database = server.freshDatabase();
      assertSurvived(
          SqlUrls.direct("mariadb", database), database.password(), server::kill9, server::restart);
    }
  }

  @Test
  @Tag("mysql")
  void mySqlIsGoneForAWhile() throws Exception {
    try (MySql server = MySql.start()) {
      Database database = server.freshDatabase();
      assertSurvived(
          SqlUrls.direct("mysql", database), database.password(), server::kill9, server::restart);
    }
  }

  @Test
  void etcdIsGoneForAWhile() throws Exception {
    try (EtcdCluster cluster = EtcdCluster.start()) {
      List<Integer> ports = cluster.endpoints().stream().map(URI::getPort).toList();
      assertSurvived(
          EtcdRig.url(ports),
          "(none)",
          () -> cluster.members().forEach(Etcd::kill9),
          () -> cluster.members().parallelStream().forEach(Etcd::restart));
    }
  }

  private static void assertSurvived(String url, String secret, Runnable kill, Runnable restart)
      throws InterruptedException {
    try (Outage outage = new Outage(url, secret, Outage::isAway)) {
      kill.run();
      long gone = System.nanoTime();
      outage.awaitTrouble();
      LockSupport.parkNanos(SECONDS * 1_000_000_000L - (System.nanoTime() - gone));
      restart.run();
      long returned = System.nanoTime();
      String recovery = outage.awaitRecovery(returned);
      outage.check();
      System.out.printf(
          "[outage] %s gone for %d s; after it answered again: %s; %s%n",
          url.substring(0, url.indexOf(':')),
          (returned - gone) / 1_000_000_000,
          recovery,
          outage.told());
    }
  }
}
