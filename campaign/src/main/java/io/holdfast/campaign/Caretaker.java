package io.holdfast.campaign;

import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The campaign's own client: fills the store at the beginning and marks places in its history. */
final class Caretaker implements AutoCloseable {
  private final Store store;
  private final OperationLog log;
  private long id = Operation.id(0, 0, 0);

  Caretaker(Store store, Path home) {
    this.store = store;
    log = new OperationLog(home.resolve("p0.c0.ops"));
  }

  /** Gives every account its balance, once: an attempt that nobody was told of may come late. */
  void fill() {
    try {
      commit(Kind.SETUP, Caretaker::fill);
    } catch (StoreException.Conflict e) {
      return; // Such an attempt was committed.
    }
  }

  private static void fill(Attempt attempt) {
    attempt.expectAbsent(Space.ACCOUNT.number(0));
    for (int i = 0; i < Space.ACCOUNT.size(); i++) {
      attempt.put(Space.ACCOUNT.number(i), Workload.BALANCE);
    }
  }

  /** Commits something that nobody reads. */
  void mark() {
    commit(Kind.MARKER, attempt -> attempt.put(Space.TRACE.number(0), 0));
  }

  /** Both are committed in the end, whatever became of attempts before. */
  private void commit(Kind kind, Consumer<Attempt> body) {
    Patience.untilKnown(() -> commitOnce(kind, body));
  }

  private Position commitOnce(Kind kind, Consumer<Attempt> body) {
    long invoked = System.nanoTime();
    try (Transaction tx = store.begin()) {
      Attempt attempt = new Attempt(++id, tx);
      body.accept(attempt);
      log.begin(id, kind, invoked, attempt.reads(), attempt.writes());
      Position at = attempt.commit();
      log.end(System.nanoTime(), Outcome.COMMITTED, at.revision().number(), at.token());
      return at;
    } catch (StoreException e) {
      log.end(System.nanoTime(), Outcome.of(e), 0, 0);
      throw e;
    }
  }

  @Override
  public void close() {
    log.close();
  }
}
