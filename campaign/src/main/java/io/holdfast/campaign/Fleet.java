package io.holdfast.campaign;

import io.holdfast.store.Position;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The worker processes of a campaign, and what can be done to them. */
final class Fleet {
  private static final Duration READY_MAX = Duration.ofMinutes(3);
  private static final Duration STOP_MAX = Duration.ofMinutes(2);
  private static final Duration DRAIN_MAX = Duration.ofMinutes(12);

  private final Options options;
  private final String url;
  private final Position start;
  private final SplittableRandom random;
  private final List<WorkerProcess> all = new ArrayList<>();
  private final List<WorkerProcess> running = new ArrayList<>();
  private WorkerProcess struck;
  private Freeze frozen;

  Fleet(Options options, String url, Position start, SplittableRandom random) {
    this.options = options;
    this.url = url;
    this.start = start;
    this.random = random;
  }

  void start() throws InterruptedException {
    for (int i = 0; i < options.processes(); i++) {
      launch(start);
    }
    for (WorkerProcess process : running) {
      process.await("ready", READY_MAX);
    }
  }

  private WorkerProcess launch(Position from) {
    int number = all.size() + 1;
    WorkerProcess process = WorkerProcess.start(number, options, options.home(), url, from);
    all.add(process);
    running.add(process);
    return process;
  }

  List<Fault> faults() {
    return List.of(
        new Fault("kill -9 of a client process", Duration.ofSeconds(1), this::kill, this::replace),
        new Fault("freeze of a client process", Duration.ofSeconds(3), this::freeze, this::resume));
  }

  private String kill() {
    struck = running.remove(random.nextInt(running.size()));
    struck.kill9();
    return struck.toString();
  }

  /** The watcher of the new process goes on where that of the killed one was. */
  private void replace() throws InterruptedException {
    launch(lastSeen(struck)).await("ready", READY_MAX);
  }

  private Position lastSeen(WorkerProcess process) {
    Watched watched = WatchLog.read(watchFile(process, 0), false);
    Position last = start;
    for (Watched.Step step : watched.steps()) {
      if (step.batch() != null) {
        last = Position.of(step.batch().revision(), step.batch().token());
      }
    }
    return last;
  }

  private Path watchFile(WorkerProcess process, int watcher) {
    return options.home().resolve("p" + process.number() + ".w" + watcher + ".watch");
  }

  private String freeze() {
    struck = running.get(random.nextInt(running.size()));
    frozen = struck.freeze();
    return struck.toString();
  }

  private void resume() {
    frozen.close();
  }

  /** Lets the clients finish. */
  void stop() throws InterruptedException {
    running.forEach(process -> process.order("stop"));
    for (WorkerProcess process : running) {
      process.await("stopped", STOP_MAX);
    }
  }

  /** Waits until all watchers and mirrors have seen a revision. */
  void awaitSeen(long revision) throws InterruptedException {
    running.forEach(process -> process.order("await " + revision));
    for (WorkerProcess process : running) {
      process.await("seen", DRAIN_MAX);
    }
  }

  /** Ends them when all watchers and mirrors have seen a revision; returns what each answers. */
  List<String> drain(long revision) throws InterruptedException {
    return finish("drain " + revision);
  }

  /** Ends them when all watchers and mirrors have said diverged; returns what each answers. */
  List<String> diverge() throws InterruptedException {
    return finish("diverge");
  }

  private List<String> finish(String order) throws InterruptedException {
    running.forEach(process -> process.order(order));
    List<String> answers = new ArrayList<>();
    for (WorkerProcess process : running) {
      answers.add(process + " " + process.await("done", DRAIN_MAX));
    }
    return answers;
  }

  void killAll() {
    running.forEach(WorkerProcess::kill9);
  }

  /** What the watchers of all processes saw, also of those that were killed. */
  List<Watched> watched() {
    List<Watched> watched = new ArrayList<>();
    for (WorkerProcess process : all) {
      for (int watcher = 0; watcher < 2; watcher++) {
        Path file = watchFile(process, watcher);
        if (file.toFile().exists()) {
          watched.add(WatchLog.read(file, !process.wasKilled()));
        }
      }
    }
    return watched;
  }
}
