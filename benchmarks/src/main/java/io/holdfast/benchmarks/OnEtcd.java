package io.holdfast.benchmarks;

import io.holdfast.store.Key;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.testbed.Etcd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** A store in etcd, beside bare puts and a bare watch. */
final class OnEtcd implements AutoCloseable {
  private static final int THREADS = 32;
  private static final int KEYS_OF_A_THREAD = 1000;

  private final Scale scale;
  private final Duel duel;
  private final String storeUrl;
  private final String rawUrl;
  private final List<Store> stores = new ArrayList<>();
  private final RawEtcd raw;

  private OnEtcd(Scale scale, Etcd etcd) {
    this.scale = scale;
    duel = new Duel(scale);
    storeUrl = Site.etcdStore(etcd);
    rawUrl = "http://" + etcd.endpoint().getAuthority() + etcd.freshPrefix();
    raw = new RawEtcd(rawUrl);
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (OnEtcd etcd = new OnEtcd(scale, Etcd.shared())) {
      results.accept(etcd.singly());
      results.accept(etcd.combined());
      etcd.visible().forEach(results);
    }
  }

  private Store open() {
    Store store = Store.open(storeUrl);
    stores.add(store);
    return store;
  }

  private Result singly() throws Exception {
    List<Load.Work> works = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      works.add(expectingPuts(open(), "alone", i));
    }
    return compare("one commit at a time: each thread has a store of its own", works, 0.75);
  }

  private Result combined() throws Exception {
    Store store = open();
    List<Load.Work> works = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      works.add(expectingPuts(store, "together", i));
    }
    return compare("the threads share a store, which combines their commits", works, 1.5);
  }

  private Result compare(String how, List<Load.Work> works, double bound) throws Exception {
    return duel.run(
        new Figure(
            "writes that expect the key's revision, " + THREADS + " threads; " + how,
            "puts with the bare stubs",
            "op/s",
            Bound.atLeast(bound)),
        time -> Load.perSecond(time, THREADS, works::get),
        time -> Load.perSecond(time, THREADS, i -> raw::put));
  }

  /** Each thread has keys of its own, and expects each as it has left it. */
  private static Load.Work expectingPuts(Store store, String phase, int thread) {
    Map<Integer, Revision> known = new HashMap<>();
    return () -> {
      int number = ThreadLocalRandom.current().nextInt(KEYS_OF_A_THREAD);
      Key key = Key.of(phase, thread, number);
      Revision revision = known.get(number);
      byte[] value = Upserts.value();
      known.put(
          number,
          store
              .transact(
                  tx -> {
                    if (revision == null) {
                      tx.expectAbsent(key);
                    } else {
                      tx.expect(key, revision);
                    }
                    tx.put(key, value);
                  })
              .revision());
      return 1;
    };
  }

  /** From the call on, since a bare watch often tells before the put is acknowledged. */
  private List<Result> visible() throws Exception {
    List<List<Double>> ours = List.of(new ArrayList<>(), new ArrayList<>());
    List<List<Double>> theirs = List.of(new ArrayList<>(), new ArrayList<>());
    try (Visibility visibility = new Visibility(scale, storeUrl);
        Child watch = Child.start(Child.Role.WATCH, storeUrl);
        Child rawWatch = Child.start(Child.Role.WATCH_ETCD, rawUrl)) {
      Compilers.settle(
          scale,
          List.of(watch, rawWatch),
          () -> {
            Visibility.run(watch, scale.round(), visibility::write);
            Visibility.run(rawWatch, scale.round(), this::putStamp);
          });
      for (int round = 0; round < scale.rounds(); round++) {
        Stamps our = Visibility.run(watch, scale.round(), visibility::write);
        Stamps their = Visibility.run(rawWatch, scale.round(), this::putStamp);
        ours.get(0).add(our.millisFromBegun(0.5));
        ours.get(1).add(our.millisFromBegun(0.99));
        theirs.get(0).add(their.millisFromBegun(0.5));
        theirs.get(1).add(their.millisFromBegun(0.99));
      }
    }
    String what = "at 2,000 writes/s, from the call until seen in another process, ";
    String peer = "a put and a watch with the bare stubs";
    return List.of(
        new Result(
            new Figure(what + "p50", peer, "ms", Bound.atMost(1.3)), ours.get(0), theirs.get(0)),
        new Result(new Figure(what + "p99", peer, "ms", Bound.none()), ours.get(1), theirs.get(1)));
  }

  private void putStamp(long number) throws Exception {
    raw.put(number % Visibility.KEYS, Visibility.stamp(number));
  }

  @Override
  public void close() {
    stores.forEach(Store::close);
    raw.close();
  }
}
