package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.Importer;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The copy that a follower begins with. */
final class FollowLegacyCopyTest {
  private static final int MARKS_AT_ONCE = 2; // a commit of more keys is one of the copy

  @TempDir Path folder;

  @Test
  void copyThatWasCutOffBeforeItsSourceChangedInItsPlaceIsBegunAnew() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    Path file = LegacyDatabase.path(source.url());
    String target = "sqlite:" + folder.resolve("target.db");
    try (Store store = Store.open(target);
        LegacyDatabase database = LegacyFixture.open(file)) {
      Importer load = Importer.begin(store, database.fingerprint());
      database.read(new SpireItems(Set.of(), item -> item.addTo(load)));
      load.flush();
    }
    LegacyFixture.change(file, "UPDATE registered_entries SET hint = 'in its place'");
    Run run =
        Run.of("follow", "legacy", "--from=" + source.url(), "--to=" + target, "--until-in-step");
    assertEquals(0, run.exit(), run.err());
    FollowLegacyTest.assertSame(source, target);
  }

  @Test
  void whoIsToldToEndDoesNotCopyTheRestFirst() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("fleet", folder);
    String target = "memory:cut-off-copy";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Stop stop = Stop.onSignal();
        Store after = Store.open(target);
        Console console = new Console(out, new ByteArrayOutputStream(), false)) {
      FollowPlan plan = RunningFollower.plan(source, target, Duration.ofHours(1));
      new Follower(
              plan,
              console,
              new FollowReports(console, true),
              url -> Store.over(new Stopping(url, stop), Duration.ofSeconds(20)),
              stop)
          .run();
      var refused =
          assertThrows(StoreException.Unusable.class, () -> Importer.requireFinished(after));
      assertEquals(StoreException.Reason.INCOMPLETE, refused.reason());
    }
    String last = out.toString(UTF_8).lines().reduce((one, next) -> next).orElseThrow();
    assertTrue(last.contains("told to end"), last);
  }

  /** Tells the follower to end with the first commit of its copy. */
  private static final class Stopping extends ForwardingBackend {
    private final Stop stop;

    Stopping(String url, Stop stop) {
      super(new MemoryProvider().open(StoreConfig.of(url)));
      this.stop = stop;
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      if (request.mutations().size() > MARKS_AT_ONCE) {
        stop.ask();
      }
      return super.commit(request, deadline);
    }
  }
}
