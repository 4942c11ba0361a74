package io.holdfast.datastore.spire;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Servers on one store, each with a memory of its own, and a thread for each. */
final class Rivals implements AutoCloseable {
  private static final int SECONDS = 60;

  private final List<Runnable> closers = new ArrayList<>();
  private final List<SpireDatastore> servers = new ArrayList<>();
  private final ExecutorService threads;

  Rivals(String url, int count) {
    this.threads = Executors.newFixedThreadPool(count);
    for (int i = 0; i < count; i++) {
      Store store = Store.open(url);
      closers.add(store::close);
      Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
      closers.add(0, datastore::close);
      servers.add(SpireDatastore.of(datastore));
    }
  }

  SpireDatastore server(int index) {
    return servers.get(index);
  }

  /**
   * What came of one call.
   *
   * @param value empty if it was refused
   * @param refusal empty if it was not
   */
  record Outcome<T>(Optional<T> value, Optional<DatastoreException> refusal) {}

  /** Makes all servers do something at the same moment; results by server. */
  <T> List<Outcome<T>> race(List<Function<SpireDatastore, T>> calls) throws Exception {
    CyclicBarrier start = new CyclicBarrier(calls.size());
    List<Future<Outcome<T>>> running = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      SpireDatastore server = servers.get(i);
      Function<SpireDatastore, T> call = calls.get(i);
      running.add(
          threads.submit(
              () -> {
                start.await(SECONDS, TimeUnit.SECONDS);
                return outcome(server, call);
              }));
    }
    List<Outcome<T>> outcomes = new ArrayList<>();
    for (Future<Outcome<T>> one : running) {
      outcomes.add(one.get(SECONDS, TimeUnit.SECONDS));
    }
    return outcomes;
  }

  private static <T> Outcome<T> outcome(SpireDatastore server, Function<SpireDatastore, T> call) {
    try {
      return new Outcome<>(Optional.of(call.apply(server)), Optional.empty());
    } catch (DatastoreException e) {
      return new Outcome<>(Optional.empty(), Optional.of(e));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    closers.forEach(Runnable::run);
  }
}
