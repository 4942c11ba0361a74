package io.holdfast.store.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Rule C10: connections that break at any step of a commit leave no doubt, and no double. */
@WithEtcd
final class OutcomeTest {
  private static final Key KEY = Key.of("k");

  /** So that there is time to settle, also on a machine that is slow. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final String url;
  private final Etcd etcd;
  private final FaultProxy proxy;
  private final Store direct;
  private final Store store;

  /** What a put said: where it stands, or nothing if it did not happen. */
  private final Map<String, Optional<Position>> outcomes = new HashMap<>();

  OutcomeTest(Etcd etcd) {
    this.etcd = etcd;
    url = EtcdHarness.url(etcd);
    proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
    direct = Store.open(url);
    store =
        Store.open(url.replace(etcd.endpoint().getAuthority(), "127.0.0.1:" + proxy.port()))
            .within(PATIENCE);
  }

  @AfterEach
  void close() {
    store.close();
    direct.close();
    proxy.close();
  }

  private void put(String value) {
    try {
      outcomes.put(value, Optional.of(store.put(KEY, value.getBytes(UTF_8))));
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      outcomes.put(value, Optional.empty());
    }
  }

  /** What the history has must be exactly what was said. */
  private void check(Position start) {
    Map<String, Position> there = history(start);
    outcomes.forEach(
        (value, said) -> assertEquals(said, Optional.ofNullable(there.get(value)), value));
  }

  /** What was written, and where. */
  private Map<String, Position> history(Position start) {
    Position end = direct.put(Key.of("end"), new byte[0]);
    Map<String, Position> there = new HashMap<>();
    try (Watch watch = direct.watch(KeyRange.single(KEY), start)) {
      Position reached = start;
      while (end.isAfter(reached)) {
        WatchBatch batch = watch.next(Await.PATIENCE).orElseThrow();
        batch
            .events()
            .forEach(
                event -> {
                  String value = new String(event.now().orElseThrow().value(), UTF_8);
                  assertFalse(there.containsKey(value), value + " was written twice");
                  there.put(value, batch.position());
                });
        reached = batch.position();
      }
    }
    return there;
  }

  @Test
  void whateverBreaksAndWhereverTheOutcomeIsTold() {
    put("warm up");
    Position start = direct.status().head();
    outcomes.clear();
    int struck = 0;
    for (Fault fault : List.of(Fault.CUT, Fault.HALF_CLOSE, Fault.SWALLOW)) {
      for (Direction direction : Direction.values()) {
        for (int messages = 0; messages < 3; messages++) {
          CompletableFuture<Void> strike = proxy.strikeAfterMessages(direction, messages, fault);
          put(fault + " " + direction + " " + messages);
          put(fault + " " + direction + " " + messages + " again");
          struck += strike.isDone() ? 1 : 0;
          proxy.heal();
          put(fault + " " + direction + " " + messages + " healed");
        }
      }
    }
    check(start);
    assertTrue(struck >= 9, "faults that struck: " + struck);
    long told = outcomes.values().stream().filter(Optional::isPresent).count();
    assertTrue(told >= outcomes.size() / 2, told + " of " + outcomes.size() + " were committed");
  }

  @Test
  void anAppliedCommitWhoseAnswerIsLostIsFoundOnItsLane() throws Exception {
    put("before");
    proxy.strike(Direction.TO_CLIENT, Fault.SWALLOW);
    Thread healer =
        new Thread(
            () -> {
              Await.until("the commit", () -> "lost".equals(text(direct)));
              proxy.heal();
            });
    healer.start();
    Position position = store.put(KEY, "lost".getBytes(UTF_8));
    healer.join();
    assertEquals(position.revision(), direct.get(KEY).orElseThrow().modified());
    assertEquals(position, direct.status().head());
  }

  private static String text(Store store) {
    return new String(store.get(KEY).orElseThrow().value(), UTF_8);
  }

  @Test
  void whenNeitherCommitNorSettlementIsAnsweredTheOutcomeIsUnknown() {
    put("before");
    Position before = direct.status().head();
    proxy.strike(Direction.TO_SERVER, Fault.HOLD);
    Store hasty = store.within(Duration.ofSeconds(3));
    assertThrows(
        StoreException.UnknownOutcome.class, () -> hasty.put(KEY, "held back".getBytes(UTF_8)));
    proxy.heal();
    Position after = Await.available(() -> store.put(KEY, "after".getBytes(UTF_8)));
    Map<String, Position> there = history(before);
    assertEquals(after, there.remove("after"));
    // It may arrive now, before or behind the other.
    assertTrue(Set.of("held back").containsAll(there.keySet()), () -> there + " are there");
  }

  @Test
  void aCommitThatArrivesAfterItWasSettledElsewhereIsRefused(@WithEtcd Etcd etcd) {
    put("before");
    String members = "127.0.0.1:" + proxy.port() + "," + etcd.endpoint().getAuthority();
    try (Store both = Store.open(url.replace(etcd.endpoint().getAuthority(), members))) {
      both.put(KEY, "through the proxy".getBytes(UTF_8));
      proxy.strike(Direction.TO_SERVER, Fault.HOLD);
      StoreException.Unavailable refused =
          assertThrows(
              StoreException.Unavailable.class, () -> both.put(KEY, "held back".getBytes(UTF_8)));
      assertTrue(refused.getMessage().contains("did not happen"), refused.getMessage());
      Position head = direct.status().head();
      proxy.heal();
      Position after = both.put(KEY, "after".getBytes(UTF_8));
      try (Watch watch = direct.watch(KeyRange.all(), head)) {
        assertEquals(List.of(after), Await.commits(watch, after), "commits since the settlement");
      }
    }
  }

  @Test
  void whatNeverLeftIsUnavailableAndDidNotHappen() {
    put("before");
    proxy.refuse();
    proxy.strike(Direction.TO_SERVER, Fault.CUT);
    Store hasty = store.within(Duration.ofMillis(500));
    // Until the cut is noticed a commit can still leave, and nobody would know.
    Await.unavailable(() -> hasty.get(KEY));
    Await.unavailable(() -> hasty.put(KEY, "never".getBytes(UTF_8)));
    proxy.heal();
    assertEquals("before", text(direct));
    Await.available(() -> store.put(KEY, "after".getBytes(UTF_8)));
  }

  @Test
  void aWatchLosesNothingWhateverBreaks() {
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      for (int round = 0; round < 12; round++) {
        Fault fault = List.of(Fault.CUT, Fault.HALF_CLOSE).get(round % 2);
        Direction direction = round % 4 < 2 ? Direction.TO_SERVER : Direction.TO_CLIENT;
        Position one = direct.put(KEY, ("one " + round).getBytes(UTF_8));
        proxy.strike(direction, fault);
        Position two = direct.put(KEY, ("two " + round).getBytes(UTF_8));
        assertEquals(List.of(one, two), Await.commits(watch, two), fault + " " + round);
        proxy.heal();
      }
    }
  }

  @Test
  void lanesWhoseCreationWasNotAnsweredAreNotCreatedAgain() {
    Store hasty = store.within(Duration.ofMillis(300));
    store.status();
    proxy.strike(Direction.TO_CLIENT, Fault.SWALLOW);
    for (int i = 0; i < 3; i++) {
      assertThrows(StoreException.class, () -> hasty.put(KEY, new byte[1]));
    }
    proxy.heal();
    Position written = Await.available(() -> store.put(KEY, new byte[1]));
    assertEquals(written, direct.status().head());
    try (EtcdAdmin admin = new EtcdAdmin(etcd)) {
      assertEquals(64, admin.count(url.replaceFirst("etcd://[^/]*", "") + "lane/"));
    }
  }
}
