package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The campaign's own commits are made also where answers come too late to be told. */
final class CaretakerTest {
  @TempDir Path folder;

  /** Nobody is told of its first commit, which it may have made. */
  private static final class Slow extends ForwardingBackend {
    private final boolean commits;
    private int calls;

    Slow(boolean commits) {
      super(new MemoryProvider().open(StoreConfig.of("memory:caretaker-" + commits)));
      this.commits = commits;
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      if (++calls > 1) {
        return super.commit(request, deadline);
      }
      if (commits) {
        super.commit(request, deadline);
      }
      throw new StoreException.UnknownOutcome("no answer in time", null);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theAccountsAreFilledOnceWhateverBecameOfTheFirstAttempt(boolean commits) {
    try (Store store = Store.over(new Slow(commits), Duration.ofSeconds(10));
        Caretaker caretaker = new Caretaker(store, folder)) {
      caretaker.fill();
      assertEquals(Space.ACCOUNT.size(), store.count(Space.ACCOUNT.all()));
      assertEquals(1, commits(store), "with one commit");
    }
  }

  private static long commits(Store store) {
    return store.get(Space.ACCOUNT.all()).entries().stream()
        .map(entry -> entry.modified())
        .distinct()
        .count();
  }

  @Test
  void aMarkIsMadeAgain() {
    try (Store store = Store.over(new Slow(false), Duration.ofSeconds(10));
        Caretaker caretaker = new Caretaker(store, folder)) {
      caretaker.mark();
      assertEquals(1, store.count(Space.TRACE.all()));
    }
  }
}
