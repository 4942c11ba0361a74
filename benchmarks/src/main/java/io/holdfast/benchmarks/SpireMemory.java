package io.holdfast.benchmarks;

import io.holdfast.cache.WarmStart;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.Authorization.Standing;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Authorization of SPIRE's agents from memory, and what that memory takes. */
final class SpireMemory implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int ASKED = 100;
  private static final int SAMPLES = 200_000;
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final Scale scale;
  private final Duel duel;
  private final Fleet fleet;
  private final Folder folder = new Folder();
  private final Store store;
  private final Datastore datastore;
  private final Authorization authorization;
  private final double startSeconds;
  private final long heapBytes;

  /** Not those that memory holds, as with any id that comes from outside. */
  private final List<String> agentIds;

  private final List<String> serials;
  private final Instant now = Instant.now();

  private SpireMemory(Scale scale, Fleet fleet) throws Exception {
    this.scale = scale;
    this.duel = new Duel(scale);
    this.fleet = fleet;
    store = Store.open("sqlite:" + folder.file("store.db"));
    fleet.load(store);
    long before = Heap.used();
    long begin = System.nanoTime();
    datastore = open();
    startSeconds = secondsSince(begin);
    heapBytes = Heap.since(before);
    authorization = Authorization.of(datastore, Fleet.TRUST_DOMAIN);
    agentIds = IntStream.range(0, fleet.agents()).mapToObj(Fleet::agentId).toList();
    serials = IntStream.range(0, fleet.agents()).mapToObj(Fleet::serial).toList();
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    Fleet million = new Fleet(scale.items(1_000_000), 2);
    try (SpireMemory memory = new SpireMemory(scale, million)) {
      results.accept(memory.heap());
      results.accept(memory.mayAct());
      results.accept(memory.entitled());
      results.accept(memory.start());
    }
    try (SpireMemory memory = new SpireMemory(scale, new Fleet(scale.items(100_000), 10))) {
      memory.entitledToTen().forEach(results);
    }
    try (SpireMemory memory = new SpireMemory(scale, new Fleet(scale.items(1000), 300))) {
      results.accept(memory.entitledToMany());
    }
  }

  private Datastore open() {
    return Datastore.builder(store)
        .types(SpireTypes.all())
        .warmStart(WarmStart.from(folder.file("memory.mirror")).every(Duration.ofDays(1)))
        .loadTimeout(PATIENCE)
        .verifyEvery(Duration.ZERO)
        .open();
  }

  private static double secondsSince(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  /** The first start had no file; the end of the memory writes it. */
  private Result start() {
    datastore.close();
    long begin = System.nanoTime();
    Datastore warm = open();
    double seconds = secondsSince(begin);
    warm.close();
    return new Result(
        new Figure(
            "start until ready, cold, 1,000,000 agents and 2,000,000 entries, from SQLite",
            "warm start of the same",
            "s",
            Bound.atLeast(3)),
        List.of(startSeconds),
        List.of(seconds));
  }

  private Result heap() {
    return new Result(
        new Figure(
            "heap for 1,000,000 agents and 2,000,000 entries, all indexes",
            "their bytes on the wire",
            "MB",
            Bound.atMost(2.5)),
        List.of(heapBytes / 1e6),
        List.of(fleet.wireBytes() / 1e6));
  }

  private Result mayAct() throws Exception {
    ConcurrentHashMap<String, AttestedNode> plain = new ConcurrentHashMap<>();
    datastore
        .snapshot()
        .forEach(SpireTypes.NODE.all(), node -> plain.put(node.getSpiffeId(), node));
    askForEach((id, serial) -> authorization.mayAct(id, serial, now) == Standing.ACTIVE);
    askForEach((id, serial) -> plain.get(id).getCertSerialNumber().equals(serial));
    return duel.run(
        new Figure(
            "may this agent act, 1,000,000 agents, 2 threads",
            "ConcurrentHashMap from id to record",
            "op/CPU-s",
            Bound.atLeast(0.6)),
        time -> Load.perCpuSecond(time, THREADS, i -> this::askMayAct),
        time -> Load.perCpuSecond(time, THREADS, i -> () -> askPlain(plain)));
  }

  /** Once for each agent: the first answer is computed, and those behind it are measured. */
  private void askForEach(BiPredicate<String, String> ask) {
    for (int agent = 0; agent < agentIds.size(); agent++) {
      if (!ask.test(agentIds.get(agent), serials.get(agent))) {
        throw new IllegalStateException("the answer for " + agentIds.get(agent) + " is wrong");
      }
    }
  }

  private long askMayAct() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long active = 0;
    for (int i = 0; i < ASKED; i++) {
      int agent = random.nextInt(agentIds.size());
      Standing standing = authorization.mayAct(agentIds.get(agent), serials.get(agent), now);
      active += standing == Standing.ACTIVE ? 1 : 0;
    }
    return check(active);
  }

  private long askPlain(ConcurrentHashMap<String, AttestedNode> plain) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long active = 0;
    for (int i = 0; i < ASKED; i++) {
      int agent = random.nextInt(agentIds.size());
      AttestedNode node = plain.get(agentIds.get(agent));
      active += node.getCertSerialNumber().equals(serials.get(agent)) ? 1 : 0;
    }
    return check(active);
  }

  private static long check(long right) {
    if (right != ASKED) {
      throw new IllegalStateException(right + " of " + ASKED + " answers are right");
    }
    return right;
  }

  private Result entitled() throws Exception {
    ConcurrentHashMap<String, List<RegistrationEntry>> plain = new ConcurrentHashMap<>();
    datastore
        .snapshot()
        .forEach(SpireTypes.NODE.all(), node -> putEntitled(node.getSpiffeId(), plain));
    return duel.run(
        new Figure(
            "entitled entries, 1,000,000 agents with 2 each, 2 threads",
            "ConcurrentHashMap from agent to a prepared list",
            "op/CPU-s",
            Bound.atLeast(0.6)),
        time -> Load.perCpuSecond(time, THREADS, i -> this::askEntitled),
        time -> Load.perCpuSecond(time, THREADS, i -> () -> askPlainLists(plain)));
  }

  private void putEntitled(String agent, ConcurrentHashMap<String, List<RegistrationEntry>> into) {
    into.put(agent, authorization.entitledEntries(agent, now));
  }

  private String anyAgent() {
    return agentIds.get(ThreadLocalRandom.current().nextInt(agentIds.size()));
  }

  private long askEntitled() {
    long right = 0;
    for (int i = 0; i < ASKED; i++) {
      right += isRight(authorization.entitledEntries(anyAgent(), now));
    }
    return check(right);
  }

  private long askPlainLists(ConcurrentHashMap<String, List<RegistrationEntry>> plain) {
    long right = 0;
    for (int i = 0; i < ASKED; i++) {
      right += isRight(plain.get(anyAgent()));
    }
    return check(right);
  }

  private int isRight(List<RegistrationEntry> entries) {
    return entries.size() == fleet.entriesPerAgent() ? 1 : 0;
  }

  private List<Result> entitledToTen() throws Exception {
    String what = "entitled entries of agents with 10 each, 100,000 agents, ";
    askForEach((id, serial) -> isRight(authorization.entitledEntries(id, now)) == 1);
    return List.of(
        duel.run(
            new Figure(what + "2 threads", "", "op/CPU-s", Bound.atLeast(1_000_000)),
            time -> Load.perCpuSecond(time, THREADS, i -> this::askEntitled)),
        duel.run(
            new Figure(what + "p50", "", "us", Bound.atMost(1.5)), time -> entitledMicros(0.5)),
        duel.run(
            new Figure(what + "p99", "", "us", Bound.atMost(8)), time -> entitledMicros(0.99)));
  }

  private Result entitledToMany() throws Exception {
    return duel.run(
        new Figure("entitled entries of agents with 300 each, p50", "", "us", Bound.atMost(5)),
        time -> entitledMicros(0.5));
  }

  private double entitledMicros(double percentile) {
    double[] micros = new double[scale.times(SAMPLES)];
    for (int i = 0; i < micros.length; i++) {
      String agent = anyAgent();
      long begin = System.nanoTime();
      List<RegistrationEntry> entries = authorization.entitledEntries(agent, now);
      micros[i] = (System.nanoTime() - begin) / 1e3;
      if (isRight(entries) == 0) {
        throw new IllegalStateException(agent + " got " + entries.size() + " entries");
      }
    }
    Arrays.sort(micros);
    return Numbers.percentile(micros, percentile);
  }

  @Override
  public void close() {
    datastore.close();
    store.close();
    folder.close();
  }
}
