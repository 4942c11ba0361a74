package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Mirror;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a store says to clients and mirrors and no fault explains is an accusation. */
@Timeout(60)
final class ClientTest {
  @TempDir Path folder;

  /** Some commits fail like this; when all is well, none. */
  private static final class Failing extends ForwardingBackend {
    final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger commits = new AtomicInteger();
    private volatile Throwable failure;
    private volatile boolean watchesDiverge;

    Failing() {
      super(new MemoryProvider().open(StoreConfig.of("memory:client-" + UUID.randomUUID())));
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      if (failure != null && commits.incrementAndGet() % 3 == 0) {
        failed.incrementAndGet();
        if (failure instanceof Error e) {
          throw e;
        }
        throw (RuntimeException) failure;
      }
      return super.commit(request, deadline);
    }

    @Override
    public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
      if (watchesDiverge) {
        watchesDiverge = false;
        throw new StoreException.Diverged("not the history that was followed");
      }
      return super.watch(ranges, after, deadline);
    }
  }

  /** Lets one client work until a few commits have failed so; what it accuses the store of. */
  private List<String> accusations(Throwable failure) throws Exception {
    Failing backend = new Failing();
    Path file = folder.resolve("p1.notes");
    try (Store store = Store.over(backend, Duration.ofSeconds(10));
        Caretaker caretaker = new Caretaker(store, folder);
        Notes notes = new Notes(file)) {
      caretaker.fill();
      try (Mirror<Value> accounts = Mirror.of(store, Value::of).range(Space.ACCOUNT.all()).open()) {
        backend.failure = failure;
        OperationLog log = new OperationLog(folder.resolve("p1.c0.ops"));
        Leash leash = new Leash(folder, 1_000_000_000);
        Client client =
            new Client(store, accounts, log, notes, leash, 1L << 40, 1, new SplittableRandom(7));
        Thread thread = new Thread(client, "campaign-client-of-test");
        thread.setUncaughtExceptionHandler((t, e) -> {});
        thread.start();
        while (backend.failed.get() < 5 && thread.isAlive()) {
          LockSupport.parkNanos(1_000_000);
        }
        client.stop();
        thread.join();
      }
    }
    return Notes.accusations(file);
  }

  @Test
  void whatTroubleExplainsIsNoAccusation() throws Exception {
    assertEquals(List.of(), accusations(new StoreException.Unavailable("cut", null)));
  }

  @Test
  void whatNoTroubleExplainsIsAnAccusation() throws Exception {
    List<String> told = accusations(new StoreException.LimitExceeded("too much for me"));
    assertTrue(!told.isEmpty() && told.get(0).contains("too much for me"), told::toString);
  }

  @Test
  void anotherHistoryIsAnAccusation() throws Exception {
    List<String> told = accusations(new StoreException.Diverged("not what you followed"));
    assertTrue(!told.isEmpty() && told.get(0).contains("not what you followed"), told::toString);
  }

  @Test
  void aClientThatCannotGoOnIsAnAccusation() throws Exception {
    List<String> told = accusations(new AssertionError("an invariant is broken"));
    assertEquals(1, told.size(), told::toString);
    assertTrue(told.get(0).contains("an invariant is broken"), told::toString);
  }

  @Test
  void aMirrorThatIsToldOfAnotherHistoryIsAnAccusation() throws Exception {
    Failing backend = new Failing();
    Path file = folder.resolve("p1.notes");
    backend.watchesDiverge = true;
    try (Store store = Store.over(backend, Duration.ofSeconds(10));
        Notes notes = new Notes(file);
        Mirror<Value> accounts =
            Mirror.of(store, Value::of)
                .range(Space.ACCOUNT.all())
                .onState(new MirrorNotes(notes))
                .open()) {
      while (accounts.state().divergences() == 0 || Notes.accusations(file).isEmpty()) {
        LockSupport.parkNanos(1_000_000);
      }
    }
    String told = Notes.accusations(file).get(0);
    assertTrue(told.contains("another history"), told);
  }
}
