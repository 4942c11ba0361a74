package io.holdfast.benchmarks;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryMask;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Entries;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import io.holdfast.testbed.Etcd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * How soon another server's agents get an entry that was changed: the hint of each agent's entry
 * tells the number of its last change.
 */
final class SpireVisibility implements AutoCloseable {
  static final int AGENTS = 500;
  private static final int PER_SECOND = 500;

  private final Scale scale;
  private final String backend;
  private final String url;
  private final Store store;
  private final Datastore datastore;
  private final Entries entries;
  private final List<RegistrationEntry> ofAgents;

  private SpireVisibility(Scale scale, String backend, String url) {
    this.scale = scale;
    this.backend = backend;
    this.url = url;
    store = Store.open(url);
    datastore = Datastore.builder(store).types(SpireTypes.all()).verifyEvery(Duration.ZERO).open();
    entries = SpireDatastore.of(datastore).entries();
    ofAgents = IntStream.range(0, AGENTS).mapToObj(this::create).toList();
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (SpireVisibility visibility =
        new SpireVisibility(scale, "PostgreSQL", Site.postgres().storeUrl())) {
      results.accept(visibility.measure());
    }
    try (SpireVisibility visibility =
        new SpireVisibility(scale, "etcd", Site.etcdStore(Etcd.shared()))) {
      results.accept(visibility.measure());
    }
  }

  static String agentId(int agent) {
    return "spiffe://" + Fleet.TRUST_DOMAIN + "/spire/agent/a" + agent;
  }

  private RegistrationEntry create(int agent) {
    return entries
        .create(
            RegistrationEntry.newBuilder()
                .setParentId(agentId(agent))
                .setSpiffeId(Fleet.spiffeId(agent))
                .addSelectors(Selector.newBuilder().setType("k8s").setValue("ns:default"))
                .build())
        .entry();
  }

  private void change(long number) {
    RegistrationEntry entry = ofAgents.get((int) (number % AGENTS));
    entries.update(
        entry.toBuilder().setHint("" + number).build(),
        RegistrationEntryMask.newBuilder().setHint(true).build());
  }

  private Stamps run(Child child) throws Exception {
    return Visibility.run(child, PER_SECOND, scale.round(), this::change);
  }

  private Result measure() throws Exception {
    List<Double> late = new ArrayList<>();
    try (Child child = Child.start(Child.Role.AUTHORIZE, url)) {
      Compilers.settle(scale, List.of(child), () -> run(child));
      for (int round = 0; round < scale.rounds(); round++) {
        late.add(run(child).millisFromBegun(0.99));
      }
    }
    return Result.alone(
        new Figure(
            "at 500 changes/s of entries in "
                + backend
                + ", from the call until authorization in another process has it, p99",
            "",
            "ms",
            Bound.atMost(50)),
        late);
  }

  @Override
  public void close() {
    datastore.close();
    store.close();
  }
}
