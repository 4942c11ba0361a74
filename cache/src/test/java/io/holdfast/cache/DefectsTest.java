package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.INITIAL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.MirrorState.Phase;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is thrown in a thread of a mirror or cache, also by what is no exception, as when memory
 * runs out or a class is missing: the thread does not end with it in silence.
 */
final class DefectsTest {
  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();
  private final AtomicInteger calls = new AtomicInteger();
  private volatile boolean defective;
  private volatile boolean speechless;

  @AfterEach
  void closeStore() {
    store.close();
  }

  private void fail() {
    calls.incrementAndGet();
    if (defective) {
      throw speechless ? new Speechless() : new NoClassDefFoundError("the test said so");
    }
  }

  /** Cannot be put into words, as where there is no memory for them. */
  private static final class Speechless extends Error {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new OutOfMemoryError("the test said so");
    }
  }

  private String decode(KeyValue stored) {
    fail();
    return Words.text(stored);
  }

  private void awaitCall() {
    awaitCallBeyond(calls.get());
  }

  private void awaitCallBeyond(int before) {
    Words.await("another call", () -> calls.get() > before);
  }

  @Test
  void aMirrorThatCannotGoOnIsStaleAndGoesOnWhenItCan() {
    store.put(key(1), bytes("before"));
    try (Mirror<String> mirror = Mirror.of(store, this::decode).range(ALL).open()) {
      mirror.awaitReady(LONG);
      defective = true;
      store.put(key(1), bytes("after"));
      Words.await("it is stale", () -> mirror.state().phase() == Phase.STALE);
      assertTrue(mirror.state().why().contains("NoClassDefFoundError"), mirror.state().why());
      assertEquals(List.of("before"), values(mirror.snapshot().range(ALL)));
      defective = false;
      Words.await("it is live", () -> mirror.state().phase() == Phase.LIVE);
      assertEquals(List.of("after"), values(mirror.snapshot().range(ALL)));
    }
  }

  @Test
  void listenersThatFailKeepNobodyFromGoingOn() {
    defective = true;
    AtomicInteger states = new AtomicInteger();
    AtomicInteger drifts = new AtomicInteger();
    store.put(key(1), bytes("one"));
    try (Mirror<String> mirror =
        Words.mirror(store)
            .onState(state -> failAfter(states))
            .onDrift(drift -> failAfter(drifts))
            .open()) {
      mirror.awaitReady(LONG);
      // who waits for the load is woken before the listener is told
      Words.await("the listener was told", () -> states.get() > 0);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(1)));
      assertFalse(mirror.verifyNow(LONG).isClean());
      assertEquals(1, drifts.get());
      assertEquals(List.of("one"), values(mirror.snapshot().range(ALL)));
      store.put(key(2), bytes("two"));
      Words.await("it goes on", () -> values(mirror.snapshot().range(ALL)).contains("two"));
    }
  }

  private void failAfter(AtomicInteger told) {
    told.incrementAndGet();
    fail();
  }

  @Test
  void verificationGoesOnWithTheNextPass() {
    store.put(key(1), bytes("one"));
    Index<String> index =
        new Index<>(
            INITIAL,
            entry -> {
              fail();
              return List.of();
            });
    try (Mirror<String> mirror =
        Mirror.of(store, Words::text)
            .range(ALL)
            .index(index)
            .verifyEvery(Duration.ofMillis(10))
            .open()) {
      mirror.awaitReady(LONG);
      defective = true;
      awaitCall();
      defective = false;
      awaitCall();
    }
  }

  @Test
  void theHeadIsAskedForAgain() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      mirror.awaitReady(LONG);
      backend.onStatus = this::fail;
      defective = true;
      awaitCall();
      defective = false;
      awaitCall();
    }
  }

  @Test
  void aMirrorWhoseFailureCannotBeToldIsStaleAndGoesOnWhenItCan() {
    speechless = true;
    store.put(key(1), bytes("before"));
    try (Mirror<String> mirror = Mirror.of(store, this::decode).range(ALL).open()) {
      mirror.awaitReady(LONG);
      defective = true;
      store.put(key(1), bytes("after"));
      Words.await("it is stale", () -> mirror.state().phase() == Phase.STALE);
      assertEquals("Speechless", mirror.state().why());
      defective = false;
      Words.await("it is live", () -> mirror.state().phase() == Phase.LIVE);
      assertEquals(List.of("after"), values(mirror.snapshot().range(ALL)));
    }
  }

  @Test
  void verificationAndTheQuestionForTheHeadGoOnBehindAFailureThatCannotBeTold() {
    speechless = true;
    verificationGoesOnWithTheNextPass();
    theHeadIsAskedForAgain();
  }

  @Test
  void listenersWhoseFailureCannotBeToldKeepNobodyFromGoingOn() {
    speechless = true;
    listenersThatFailKeepNobodyFromGoingOn();
  }

  @Test
  void aCacheKeepsEntriesAgain() {
    store.put(key(1), bytes("one"));
    try (RangeCache<String> cache = RangeCache.open(store, ALL, this::decode, 1 << 20)) {
      Words.await(
          "the entry is kept", () -> cache.get(key(1), LONG).isPresent() && cache.size() > 0);
      int before = calls.get();
      defective = true;
      store.put(key(1), bytes("two"));
      awaitCallBeyond(before);
      defective = false;
      Words.await(
          "the entry is kept again",
          () -> cache.get(key(1), LONG).orElseThrow().value().equals("two") && cache.size() > 0);
    }
  }

  @Test
  void aFileThatCannotBeWrittenHarmsNothing(@TempDir Path folder) throws IOException {
    URI archive = URI.create("jar:" + folder.resolve("gone.zip").toUri());
    Mirror<String> mirror;
    try (FileSystem gone = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
      WarmStart file = WarmStart.from(gone.getPath("mirror"));
      mirror = Words.mirror(store).warmStart(file).open();
      mirror.awaitReady(LONG);
    }
    mirror.close(); // each use of the file throws by now
  }
}
