package io.holdfast.benchmarks;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** What changes cost a mirror, and what its readers feel of them. */
final class MemoryChanges {
  private static final int MANY = 1_000_000;
  private static final int FEW = 10_000;
  private static final int APPLIED = 20_000;
  private static final int SHOWN = 2_000;
  private static final int SAMPLES = 500_000;
  private static final int READS = 1000;
  private static final Duration BETWEEN_CHANGES = Duration.ofNanos(100_000); // 10,000 a second
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Scale scale;
  private final Duel duel;
  private final Catalogue many;
  private final Catalogue few;

  private MemoryChanges(Scale scale, Catalogue many, Catalogue few) {
    this.scale = scale;
    this.duel = new Duel(scale);
    this.many = many;
    this.few = few;
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (Catalogue many = new Catalogue(scale.items(MANY));
        Catalogue few = new Catalogue(scale.items(FEW))) {
      MemoryChanges changes = new MemoryChanges(scale, many, few);
      results.accept(changes.apply());
      results.accept(changes.visible());
      results.accept(changes.readsDuringChanges());
      results.accept(changes.readsDuringVerification());
      results.accept(changes.readsDuringReload());
      results.accept(changes.waitsDuringReload());
    }
  }

  private Result apply() throws Exception {
    return duel.run(
        new Figure(
            "applying one change of one item, at 1,000,000 items",
            "at 10,000 items",
            "us",
            Bound.atMost(4)),
        time -> applyOne(many),
        time -> applyOne(few));
  }

  /** The mirror finds many commits waiting: nothing is measured but what it does with them. */
  private double applyOne(Catalogue catalogue) {
    int changes = scale.times(APPLIED);
    catalogue.gate.shut(true);
    Position last = catalogue.change();
    for (int i = 1; i < changes; i++) {
      last = catalogue.change();
    }
    catalogue.gate.shut(false);
    long begin = System.nanoTime();
    catalogue.awaitShown(last);
    return (System.nanoTime() - begin) / 1e3 / changes;
  }

  private Result visible() throws Exception {
    return duel.run(
        new Figure(
            "commit (begun) to visible, p50, at 1,000,000 items",
            "at 10,000 items",
            "us",
            Bound.atMost(1.3)),
        time -> medianToVisible(many),
        time -> medianToVisible(few));
  }

  private double medianToVisible(Catalogue catalogue) {
    double[] micros = new double[scale.times(SHOWN)];
    for (int i = 0; i < micros.length; i++) {
      long begin = System.nanoTime();
      catalogue.awaitShown(catalogue.change());
      micros[i] = (System.nanoTime() - begin) / 1e3;
      LockSupport.parkNanos(BETWEEN_CHANGES.toNanos());
    }
    Arrays.sort(micros);
    return Numbers.percentile(micros, 0.5);
  }

  private Result readsDuringChanges() throws Exception {
    return duel.run(
        new Figure(
            "reads of 1,000,000 items while 10,000 changes a second are applied, 1 thread",
            "idle",
            "op/s",
            Bound.atLeast(0.9)),
        time ->
            Meanwhile.measure(this::changeInPace, () -> Load.perSecond(time, 1, i -> this::read)),
        time -> Load.perSecond(time, 1, i -> this::read));
  }

  /** Keeps to a schedule, however long single steps take. */
  private void changeInPace(Meanwhile meanwhile) {
    long next = System.nanoTime();
    while (!meanwhile.hasToEnd()) {
      many.change();
      next += BETWEEN_CHANGES.toNanos();
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private long read() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long found = 0;
    for (int i = 0; i < READS; i++) {
      found += many.mirror.get(Item.key(random.nextInt(many.size))).isPresent() ? 1 : 0;
    }
    return found;
  }

  private Result readsDuringVerification() throws Exception {
    return readsDuring(
        "a verification pass",
        meanwhile -> {
          while (!meanwhile.hasToEnd()) {
            many.mirror.verifyNow(PATIENCE);
          }
        });
  }

  private Result readsDuringReload() throws Exception {
    return readsDuring("a reload", this::reload);
  }

  private Result readsDuring(String what, Consumer<Meanwhile> disturbance) throws Exception {
    return duel.run(
        new Figure(
            "read p99 while " + what + " runs, 1,000,000 items, 1 thread",
            "idle",
            "us",
            Bound.atMost(1.2)),
        time -> Meanwhile.measure(disturbance, this::readP99),
        time -> readP99());
  }

  private double readP99() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    double[] micros = new double[scale.times(SAMPLES)];
    for (int i = 0; i < micros.length; i++) {
      Key key = Item.key(random.nextInt(many.size));
      long begin = System.nanoTime();
      boolean found = many.mirror.get(key).isPresent();
      micros[i] = (System.nanoTime() - begin) / 1e3;
      if (!found) {
        throw new IllegalStateException(key + " is missing");
      }
    }
    Arrays.sort(micros);
    return Numbers.percentile(micros, 0.99);
  }

  /** One reload after the other. */
  private void reload(Meanwhile meanwhile) {
    while (!meanwhile.hasToEnd()) {
      long before = many.mirror.state().reloads();
      many.gate.expireWatches();
      while (many.mirror.state().reloads() == before && !meanwhile.hasToEnd()) {
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
    }
  }

  /** The JVM counts how often a thread waited for a monitor or for anything else. */
  private Result waitsDuringReload() throws Exception {
    return duel.run(
        new Figure(
            "times that a reader waited while reloads swapped the state, 1,000,000 items",
            "",
            "times",
            Bound.atMost(0)),
        time -> Meanwhile.measure(this::reload, () -> waitsWhileReading(time)));
  }

  private double waitsWhileReading(Duration time) {
    long reloads = many.mirror.state().reloads();
    double waits = waits();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end || many.mirror.state().reloads() == reloads) {
      read();
    }
    return waits() - waits;
  }

  private static double waits() {
    ThreadInfo me =
        ManagementFactory.getThreadMXBean().getThreadInfo(Thread.currentThread().getId());
    return me.getBlockedCount() + me.getWaitedCount();
  }
}
