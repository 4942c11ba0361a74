package io.holdfast.campaign;

import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Lets clients in several processes work on one store while servers, network and processes are
 * harmed, and then checks what they saw.
 */
final class Campaign {
  private static final long LATE_MILLIS = 3000;

  /** Fewer commits would say little; a slow machine whose server was away has not more by then. */
  private static final long COMMITS_LEAST = 100;

  private static final Duration WORK_MAX = Duration.ofMinutes(2);

  private final Options options;
  private final Rig rig;
  private final Schedule schedule;
  private final SplittableRandom random;
  private final Store store;
  private final Caretaker caretaker;
  private final Position start;
  private final Follower recorder;
  private final Thread recorderThread;
  private final AtomicLong recorded = new AtomicLong(); // how many commits
  private final Fleet fleet;

  private Campaign(Options options, Rig rig, Schedule schedule) {
    this.options = options;
    this.rig = rig;
    this.schedule = schedule;
    random = new SplittableRandom(options.seed());
    store = Patience.open(options.url(rig.directUrl()));
    caretaker = new Caretaker(store, options.home());
    start = Patience.head(store);
    WatchLog record = new WatchLog(recordFile(options), null, start);
    Leash leash = new Leash(options.home(), options.leash());
    leash.recorded(start.revision().number());
    recorder =
        new Follower(
            store,
            null,
            start,
            record,
            random.split(),
            revision -> {
              leash.recorded(revision);
              recorded.incrementAndGet();
            });
    recorderThread = new Thread(recorder, "campaign-recorder");
    recorderThread.setDaemon(true);
    fleet = new Fleet(options, options.url(rig.url()), start, random.split());
  }

  static Path recordFile(Options options) {
    return options.home().resolve("history.watch");
  }

  /** Runs a campaign, prints its schedule and its report, and keeps what is needed if it fails. */
  static Report run(Options options, PrintStream console) throws Exception {
    prepare(options.home());
    console.println("campaign " + options.describe());
    try (Rig rig = options.rig();
        Schedule schedule = new Schedule(options.home().resolve("schedule.txt"), console)) {
      Campaign campaign = new Campaign(options, rig, schedule);
      try {
        campaign.work();
        Report report = campaign.check();
        report.keep(options.home());
        console.println(report.text());
        return report;
      } finally {
        campaign.end();
      }
    }
  }

  /** An empty folder for a history. */
  static void prepare(Path home) throws IOException {
    if (Files.exists(home)) {
      try (Stream<Path> files = Files.list(home)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(home);
  }

  private void work() throws Exception {
    recorderThread.start();
    caretaker.fill();
    fleet.start();
    Duration half = options.duration().dividedBy(2);
    disturb(half);
    for (Fault fault : rig.turningPoints()) {
      new Disturber("turning point", List.of(fault), options, random.split(), schedule)
          .disturb(fault);
    }
    disturb(half);
    awaitCommits();
    fleet.stop();
    schedule.say("all clients have stopped");
    settle();
  }

  private void disturb(Duration time) throws Exception {
    Disturber ofServers = new Disturber("servers", rig.faults(), options, random.split(), schedule);
    Disturber ofClients =
        new Disturber("clients", fleet.faults(), options, random.split(), schedule);
    ofServers.start();
    ofClients.start();
    Thread.sleep(time.toMillis());
    ofServers.stop();
    ofClients.stop();
  }

  private void awaitCommits() throws InterruptedException {
    long end = System.nanoTime() + WORK_MAX.toNanos();
    while (recorded.get() < COMMITS_LEAST && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** Whatever was sent and never answered has the time to appear; then everybody reads it. */
  private void settle() throws Exception {
    TimeUnit.MILLISECONDS.sleep(LATE_MILLIS);
    caretaker.mark();
    TimeUnit.MILLISECONDS.sleep(LATE_MILLIS);
    long head = Patience.head(store).revision().number();
    fleet.drain(head).forEach(schedule::say);
    recorder.until(head);
    recorderThread.join();
  }

  private Report check() throws IOException {
    long begun = System.nanoTime();
    History history =
        new History(
            start.revision().number(),
            start.token(),
            options.trims() ? options.history() : History.ALL,
            rig.sharesRevisions(),
            operations(options),
            commits(options),
            fleet.watched(),
            scan());
    Checker.Verdict verdict = Checker.check(history);
    List<String> accusations = new ArrayList<>();
    for (Path notes : files(options, ".notes")) {
      Notes.accusations(notes).forEach(line -> accusations.add(notes.getFileName() + " " + line));
    }
    long nanos = System.nanoTime() - begun;
    return new Report(
        options, rig.version(), history, verdict, accusations, schedule.counts(), nanos);
  }

  /** What all clients have logged. */
  static List<Operation> operations(Options options) throws IOException {
    List<Operation> all = new ArrayList<>();
    for (Path file : files(options, ".ops")) {
      all.addAll(OperationLog.read(file));
    }
    return all;
  }

  private static List<Path> files(Options options, String ending) throws IOException {
    try (Stream<Path> files = Files.list(options.home())) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  /** The history as the campaign's own watcher has recorded it. */
  static List<Commit> commits(Options options) {
    List<Commit> commits = new ArrayList<>();
    for (Watched.Step step : WatchLog.read(recordFile(options), true).steps()) {
      if (step.batch() == null) {
        throw new IllegalStateException("the record of the history ended: " + step.end());
      }
      commits.add(step.batch());
    }
    return commits;
  }

  private List<Read> scan() {
    List<Read> scans = new ArrayList<>();
    for (Space space : Space.values()) {
      Page page = Patience.until(() -> store.get(space.all()));
      scans.add(Attempt.seen(space.number(0), space.number(0) + space.size(), page));
    }
    return scans;
  }

  private void end() {
    fleet.killAll();
    caretaker.close();
    store.close();
  }

  /** See {@link Options#parse}; exits with 1 when a rule was broken, with 2 when it cannot run. */
  public static void main(String[] arguments) throws Exception {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(exitCode(options));
  }

  private static int exitCode(Options options) {
    try {
      return run(options, System.out).isClean() ? 0 : 1;
    } catch (Exception e) {
      e.printStackTrace();
      return 2;
    }
  }
}
