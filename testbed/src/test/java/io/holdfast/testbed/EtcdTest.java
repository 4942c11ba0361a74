package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EtcdTest {
  private static final Wish OPEN = new Wish(Etcd.VARIABLE, "");
  private static final Duration SHORT = Duration.ofSeconds(2);

  @Test
  void aFreshPrefixIsEmptyAndTakesWrites(@WithEtcd Etcd etcd) throws Exception {
    EtcdGateway gateway = new EtcdGateway(etcd.endpoint());
    for (int i = 0; i < 2; i++) {
      String key = etcd.freshPrefix() + "a";
      assertEquals(Optional.empty(), gateway.get(key));
      gateway.put(key, "value");
      assertEquals(Optional.of("value"), gateway.get(key));
    }
  }

  @Test
  void theSharedServerMayNotBeHarmed(@WithEtcd Etcd etcd) {
    assertThrows(IllegalStateException.class, etcd::pause);
  }

  @Test
  void aWriteSurvivesKillAndRestart() throws Exception {
    try (Etcd etcd = Etcd.start(OPEN)) {
      EtcdGateway gateway = new EtcdGateway(etcd.endpoint());
      gateway.put("a", "value");
      etcd.kill9();
      etcd.restart();
      assertEquals(Optional.of("value"), gateway.get("a"));
    }
  }

  @Test
  void aRestoredServerHasWhatItHadWhenItWasKept() throws Exception {
    try (Etcd etcd = Etcd.start(OPEN)) {
      EtcdGateway gateway = new EtcdGateway(etcd.endpoint());
      gateway.put("a", "kept");
      assertThrows(IllegalStateException.class, etcd::keepData);
      etcd.kill9();
      etcd.keepData();
      etcd.restart();
      gateway.put("a", "lost");
      etcd.kill9();
      etcd.restoreData();
      etcd.restart();
      assertEquals(Optional.of("kept"), gateway.get("a"));
    }
  }

  @Test
  void aPausedServerAnswersLater() throws Exception {
    try (Etcd etcd = Etcd.start(OPEN)) {
      EtcdGateway gateway = new EtcdGateway(etcd.endpoint());
      gateway.put("a", "value");
      etcd.pause();
      EtcdGateway hurried = new EtcdGateway(etcd.endpoint(), SHORT);
      assertThrows(HttpTimeoutException.class, () -> hurried.get("a"));
      etcd.resume();
      assertEquals(Optional.of("value"), gateway.get("a"));
    }
  }

  @Test
  void aClusterWorksWithoutOneMemberAndComesBackWithoutAll() throws Exception {
    try (EtcdCluster cluster = EtcdCluster.start()) {
      new EtcdGateway(cluster.endpoints().get(0)).put("a", "value");
      cluster.members().get(0).kill9();
      awaitValue(cluster.endpoints().get(1));
      cluster.members().get(1).kill9();
      cluster.members().get(2).kill9();
      cluster.restart();
      for (URI endpoint : cluster.endpoints()) {
        awaitValue(endpoint);
      }
    }
  }

  @Test
  void aServerThatEndsAtOnceShowsItsLog() {
    TestbedException e =
        assertThrows(TestbedException.class, () -> Etcd.start(OPEN, "election-timeout=1").close());
    assertTrue(e.getMessage().contains("ended with exit code"), e::getMessage);
    assertTrue(e.getMessage().contains("election-timeout"), e::getMessage);
  }

  @Test
  void aFolderWithoutBinariesIsAFailureThatTellsWhatToDo(@TempDir Path empty) {
    Wish wish = new Wish(Etcd.VARIABLE, empty.toString());
    TestbedException e = assertThrows(TestbedException.class, () -> Etcd.start(wish).close());
    assertTrue(e.getMessage().contains(wish.toString()), e::getMessage);
    assertTrue(e.getMessage().contains("Put etcd 3.5 or newer on the PATH"), e::getMessage);
  }

  /** An election may answer a call with an error or not at all. */
  private static void awaitValue(URI endpoint) throws Exception {
    EtcdGateway gateway = new EtcdGateway(endpoint, Duration.ofSeconds(5));
    await(() -> assertEquals(Optional.of("value"), gateway.get("a")));
  }

  private static void await(Deadline.Probe probe) throws Exception {
    Deadline.await(probe, Deadline.READY_MAX, () -> true);
  }

  @Test
  void aMemberIsCutOffFromItsPeersOnly() throws Exception {
    try (EtcdCluster cluster = EtcdCluster.startSeverable()) {
      List<Etcd> members = cluster.members();
      await(() -> assertTrue(members.stream().anyMatch(Etcd::isLeader)));
      Etcd leader = members.stream().filter(Etcd::isLeader).findFirst().orElse(members.get(0));
      Etcd other = members.get(leader == members.get(1) ? 2 : 1);
      EtcdGateway alone = new EtcdGateway(leader.endpoint());
      await(() -> alone.put("k", "before"));
      cluster.cutOff(leader);
      await(() -> requireAnotherLeader(members, leader));
      assertThrows(IOException.class, () -> new EtcdGateway(leader.endpoint(), SHORT).get("k"));
      await(() -> new EtcdGateway(other.endpoint()).put("k", "without it"));
      cluster.reunite();
      await(() -> assertEquals("without it", alone.get("k").orElseThrow()));
    }
  }

  private static void requireAnotherLeader(List<Etcd> members, Etcd former) {
    if (former.isLeader() || members.stream().noneMatch(Etcd::isLeader)) {
      throw new TestbedException("no other leader");
    }
  }
}
