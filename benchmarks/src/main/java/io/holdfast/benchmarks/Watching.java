package io.holdfast.benchmarks;

import io.holdfast.cache.Changes;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.Subscription;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemChanges;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Follows the numbered writes of another process and notes when each was seen, on the clock that
 * all processes of a machine share.
 *
 * <p>What it is told: {@code open} and {@code close} begin and end to follow, {@code connected}
 * asks whether the write {@link #FIRST} was seen, {@code seen N} asks for the moments at which the
 * writes 0 to N-1 were seen, as many as were.
 */
final class Watching {
  static final Key STAMP = Key.of("stamp");
  static final KeyRange STAMPS = KeyRange.under(STAMP);
  static final int NUMBERS_MAX = 1_000_000;

  /** The number of a write before all others, which tells that the writes are followed by now. */
  static final int FIRST = NUMBERS_MAX - 1;

  private static final Duration SLICE = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final Source source;
  private final AtomicLongArray seenAt = new AtomicLongArray(NUMBERS_MAX);
  private final List<Thread> threads = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  private Watching(Source source) {
    this.source = source;
  }

  /** Opens what is followed, and starts the threads that do so. */
  private interface Source {
    void open(Watching watching) throws Exception;
  }

  /** A store's watch. */
  static Watching ofStore(String url) {
    return new Watching(
        watching -> {
          Store store = watching.own(Store.open(url));
          Watch watch = watching.own(store.watch(STAMPS, store.status().head()));
          watching.start(() -> watching.follow(watch));
        });
  }

  /** A mirror's subscriptions. */
  static Watching ofMirror(String url, int subscribers) {
    return new Watching(
        watching -> {
          Store store = watching.own(Store.open(url));
          Mirror<Long> mirror =
              watching.own(Mirror.of(store, Watching::number).range(STAMPS).open());
          mirror.awaitReady(PATIENCE);
          for (int i = 0; i < subscribers; i++) {
            Subscription<Long> subscription = watching.own(mirror.subscribe(STAMPS));
            watching.start(() -> watching.follow(subscription));
          }
        });
  }

  /** What agents are entitled to; see {@link SpireVisibility}. */
  static Watching ofAuthorization(String url) {
    return new Watching(
        watching -> {
          Store store = watching.own(Store.open(url));
          Datastore datastore =
              watching.own(Datastore.builder(store).types(SpireTypes.all()).open());
          Authorization authorization = Authorization.of(datastore, Fleet.TRUST_DOMAIN);
          ItemChanges<RegistrationEntry> changes =
              watching.own(datastore.items(SpireTypes.ENTRY).subscribe());
          watching.start(() -> watching.follow(changes, authorization));
        });
  }

  /** A watch of etcd with the bare stubs. */
  static Watching ofEtcd(String url) {
    return new Watching(
        watching ->
            watching
                .own(new RawEtcd(url))
                .watch(value -> watching.note(ByteBuffer.wrap(value).getLong())));
  }

  static long number(KeyValue stored) {
    return stored.valueBuffer().getLong();
  }

  private <T extends AutoCloseable> T own(T resource) {
    opened.add(resource);
    return resource;
  }

  private void start(Runnable body) {
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } catch (StoreException.Closed e) {
                return; // by end()
              }
            },
            "holdfast-benchmark-watching");
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private void follow(Watch watch) {
    while (true) {
      watch
          .next(SLICE)
          .ifPresent(batch -> batch.events().forEach(event -> event.now().ifPresent(this::note)));
    }
  }

  private void follow(Subscription<Long> subscription) {
    while (true) {
      subscription
          .next(SLICE)
          .map(Changes::changes)
          .ifPresent(
              changes -> changes.forEach(change -> note(change.after().orElseThrow().stored())));
    }
  }

  private void follow(ItemChanges<RegistrationEntry> changes, Authorization authorization) {
    while (true) {
      changes
          .next(SLICE)
          .ifPresent(
              step ->
                  step.items().stream()
                      .flatMap(item -> item.after().stream())
                      .map(RegistrationEntry::getParentId)
                      .flatMap(
                          agent ->
                              authorization
                                  .entitledEntries(step.view(), agent, Instant.now())
                                  .stream())
                      .forEach(entry -> note(Long.parseLong(entry.getHint()))));
    }
  }

  private void note(KeyValue stored) {
    note(number(stored));
  }

  /** The write with this number is seen now. */
  void note(long number) {
    seenAt.compareAndSet((int) number, 0, System.nanoTime());
  }

  String answer(String line) throws Exception {
    String[] words = line.split(" ");
    switch (words[0].toUpperCase(Locale.ROOT)) {
      case "OPEN" -> source.open(this);
      case "CLOSE" -> end();
      case "CONNECTED" -> {
        return Boolean.toString(seenAt.get(FIRST) != 0);
      }
      case "SEEN" -> {
        return seen(Integer.parseInt(words[1]));
      }
      default -> throw new IllegalArgumentException(line);
    }
    return "done";
  }

  private String seen(int numbers) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < numbers && seenAt.get(i) != 0; i++) {
      text.append(seenAt.get(i)).append(' ');
    }
    return text.toString();
  }

  /** Ends what was opened, and forgets what was seen. */
  void end() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    opened.clear();
    threads.clear();
    for (int i = 0; i < NUMBERS_MAX; i++) {
      seenAt.set(i, 0);
    }
  }
}
