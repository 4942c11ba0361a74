package io.holdfast.migrate;

import static io.holdfast.migrate.StepFailedException.unless;

import io.holdfast.cache.Drift;
import io.holdfast.cache.Verification;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemChanges;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Migrates SPIRE's own database, opens a data store on the copy, and shows what that can do. Each
 * step checks that it really did what it says.
 */
final class Quickstart {
  private static final int THREADS = 2;
  private static final int CHANGES = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Console console;
  private final Path folder;
  private final int questions;
  private final Queue<Drift> drifts = new ConcurrentLinkedQueue<>();
  private final long started = System.nanoTime();
  private long stepStarted = started;
  private int step;

  /**
   * A quickstart that has not begun.
   *
   * @param folder where to work, empty
   * @param questions how many to ask
   */
  Quickstart(Console console, Path folder, int questions) {
    this.console = console;
    this.folder = folder;
    this.questions = questions;
  }

  void run() throws IOException, SQLException, InterruptedException {
    Path source = folder.resolve("spire.db");
    Path packed = ExampleDatabase.find();
    ExampleDatabase.unpack(packed, source);
    say(
        "Unpacked %s, a datastore that SPIRE wrote: %.1f MB."
            .formatted(packed.getFileName(), Files.size(source) / 1e6));
    Path target = folder.resolve("fleet.db");
    String url = "sqlite:" + target;
    long items = migrate(source, url);
    try (Store store = Store.open(url);
        Datastore datastore =
            Datastore.builder(store).types(SpireTypes.all()).onDrift(drifts::add).open()) {
      loaded(datastore, items);
      RegistrationEntry entry = answer(datastore);
      changeElsewhere(datastore, url, entry.getEntryId());
      damage(datastore, target, entry.getEntryId());
    }
    summarize();
  }

  private long migrate(Path source, String url) {
    var plan =
        new LegacyMigration.Plan(
            "jdbc:sqlite:" + source, url, false, false, SourceOptions.waiting(PATIENCE));
    MigrationReport report = new LegacyMigration(plan, console, Store::open).run();
    unless(report.isVerified(), "the copy differs from its source: " + report.differences());
    for (MigrationReport.Kind kind : report.kinds()) {
      unless(kind.read() == kind.stored(), "not every " + kind.name() + " was stored");
    }
    say(
        "Migrated %,d items into a new store, %s, and compared each with its source."
            .formatted(report.stored(), url.replaceFirst("^.*/", "sqlite:.../")));
    more(
        report.kinds().stream()
            .map(kind -> "%s %,d".formatted(kind.name(), kind.stored()))
            .collect(Collectors.joining(", ")));
    if (report.skips().isEmpty()) {
      more("Left out: nothing; each of the source's rows went into an item.");
    }
    for (MigrationReport.Skip skip : report.skips()) {
      more("Left out of %s: %,d, each %s".formatted(skip.what(), skip.count(), skip.text()));
    }
    return report.stored();
  }

  private void loaded(Datastore datastore, long items) {
    View view = datastore.snapshot();
    long inMemory = SpireTypes.all().stream().mapToLong(type -> view.count(type.all())).sum();
    unless(inMemory == items, items + " items are stored, " + inMemory + " are in memory");
    say("Opened the data store: %,d items with their indexes are in memory.".formatted(inMemory));
  }

  /** Asks about all agents, and returns an entry of one of them. */
  private RegistrationEntry answer(Datastore datastore) throws InterruptedException {
    Authorization authorization = Authorization.of(datastore, ExampleDatabase.TRUST_DOMAIN);
    View view = datastore.snapshot();
    List<String> agents =
        view.list(SpireTypes.NODE.all()).stream().map(AttestedNode::getSpiffeId).toList();
    Instant now = Instant.now();
    compareWithScan(authorization, view, agents, now);
    Questions.Answers answers = new Questions(authorization, agents, now).ask(questions, THREADS);
    unless(answers.questions() == questions && answers.entries() > 0, "questions have no answers");
    say(
        "Answered %,d times \"which entries is this agent entitled to\", with %,d entries."
            .formatted(answers.questions(), answers.entries()));
    more(
        ("%,.0f a second in %d threads; p50 %.1f us, p99 %.1f us;"
                + " the answers for all %,d agents were checked by a scan.")
            .formatted(
                answers.rate(),
                THREADS,
                answers.medianMicros(),
                answers.p99Micros(),
                agents.size()));
    return authorization.entitledEntries(view, agents.get(0), now).get(0);
  }

  /** Finds the answers the slow way: in this fleet, the entries whose parent is the agent. */
  private static void compareWithScan(
      Authorization authorization, View view, List<String> agents, Instant now) {
    Map<String, Set<RegistrationEntry>> byParent = new HashMap<>();
    for (RegistrationEntry entry : view.list(SpireTypes.ENTRY.all())) {
      byParent.merge(entry.getParentId(), Set.of(entry), Quickstart::union);
    }
    for (String agent : agents) {
      List<RegistrationEntry> answer = authorization.entitledEntries(view, agent, now);
      unless(
          Set.copyOf(answer).equals(byParent.getOrDefault(agent, Set.of())),
          "the answer for " + agent + " is not what a scan finds");
    }
  }

  private static <T> Set<T> union(Set<T> one, Set<T> other) {
    return Stream.concat(one.stream(), other.stream()).collect(Collectors.toUnmodifiableSet());
  }

  private void changeElsewhere(Datastore datastore, String url, String entryId)
      throws IOException, InterruptedException {
    String before = hint(datastore, entryId);
    List<Double> millis = new ArrayList<>();
    long pid;
    try (OtherWriter writer = OtherWriter.start(url, entryId);
        ItemChanges<RegistrationEntry> changes = datastore.items(SpireTypes.ENTRY).subscribe()) {
      pid = writer.pid();
      for (int i = 1; i <= CHANGES; i++) {
        String hint = "written-by-" + pid + "-" + i;
        writer.write(hint);
        Instant visible = awaitHint(changes, hint);
        Duration delay = Duration.between(writer.acknowledged(), visible);
        millis.add(Math.max(0, delay.toNanos() / 1e6));
        unless(hint(datastore, entryId).equals(hint), "memory does not show the hint " + hint);
      }
      writer.finish();
    }
    Collections.sort(millis);
    say(
        "Another process, %d, changed the hint of entry %s %d times."
            .formatted(pid, entryId, CHANGES));
    more(
        "Before: \"%s\"; now in this process's memory: \"%s\"."
            .formatted(before, hint(datastore, entryId)));
    more(
        "Visible here after its commit was acknowledged there: median %.1f ms, slowest %.1f ms."
            .formatted(millis.get(CHANGES / 2), millis.get(CHANGES - 1)));
  }

  private static String hint(Datastore datastore, String entryId) {
    return entry(datastore, entryId).getHint();
  }

  private static RegistrationEntry entry(Datastore datastore, String entryId) {
    return datastore.items(SpireTypes.ENTRY).get(entryId).orElseThrow();
  }

  private static Instant awaitHint(ItemChanges<RegistrationEntry> changes, String hint) {
    var step = changes.next(PATIENCE);
    Instant visible = Instant.now();
    unless(
        step.isPresent()
            && step.get().items().stream()
                .anyMatch(
                    item -> item.after().map(after -> after.getHint().equals(hint)).orElse(false)),
        "the hint " + hint + " did not become visible here");
    return visible;
  }

  private void damage(Datastore datastore, Path storeFile, String entryId) throws SQLException {
    unless(datastore.verify().isClean(), "memory and database differ before the damage");
    Tampering.makeAdmin(storeFile, entryId);
    Verification pass = datastore.verify();
    unless(pass.drifts() == 1 && drifts.size() == 1, "found " + pass.drifts() + " drifts, not one");
    Drift drift = drifts.remove();
    boolean inMemory = drift.mirror().map(Tampering::entry).orElseThrow().getAdmin();
    boolean inStore = drift.store().map(Tampering::entry).orElseThrow().getAdmin();
    unless(drift.kind() == Drift.Kind.VALUE && !inMemory && inStore, "another drift: " + drift);
    unless(
        drift.mirror().map(KeyValue::modified).equals(drift.store().map(KeyValue::modified)),
        "the revisions differ: " + drift);
    say("Changed that entry's row with SQL, behind the store's back, and verified memory.");
    more("ALERT: " + drift);
    more("Kind, key; then length, digest and revisions (created/modified) of each side.");
    more("Equal revisions, other values: nobody wrote this through the store.");
    more("Memory had admin=%s, the database has admin=%s.".formatted(inMemory, inStore));
    unless(
        drift.repaired() && entry(datastore, entryId).getAdmin() && datastore.verify().isClean(),
        "the drift is not repaired");
    more(
        "Repaired: memory now has admin=true as the database does; %,d rows and %,d index entries"
                .formatted(pass.entries(), pass.indexEntries())
            + " were compared in %d ms, and a second pass found nothing."
                .formatted(pass.took().toMillis()));
  }

  private void summarize() throws InterruptedException {
    Deadline end = Deadline.after(PATIENCE);
    for (Thread thread : threads()) {
      thread.join(Math.max(1, end.remaining().toMillis())); // it may be about to end
    }
    List<Thread> threads = threads();
    unless(threads.isEmpty(), "threads are left: " + threads);
    say(
        "Closed everything; no thread and no process is left. All in all: %.1f s."
            .formatted((System.nanoTime() - started) / 1e9));
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("holdfast-"))
        .toList();
  }

  /** Tells that a step is done, and how long it took. */
  private void say(String text) {
    long now = System.nanoTime();
    double seconds = (now - stepStarted) / 1e9;
    stepStarted = now;
    console.print("%d. [%5.1f s] %s".formatted(++step, seconds, text));
  }

  /** Tells more of the step. */
  private void more(String text) {
    console.print("             " + text);
  }
}
