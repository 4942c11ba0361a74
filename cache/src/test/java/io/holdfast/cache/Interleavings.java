package io.holdfast.cache;

import io.holdfast.store.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Runs a few threads in every way in which they can take turns, where a thread gives the turn away
 * only at its {@link #stop stops}, and before it has to no more than a few times in a run. (Few
 * such preemptions find most of what goes wrong between threads, as Musuvathi and Qadeer found.)
 */
final class Interleavings {
  /** What is run again and again, each time from a new begin. */
  interface Scenario {
    /** What the threads do. */
    List<Runnable> threads(Interleavings turns);

    /** How many threads sleep until another one wakes them. */
    int asleep();

    /** Looks at what came out of a run; what is wrong is thrown. */
    void check();
  }

  /** A point at which there were several ways to go on. */
  private record Choice(int taken, int ways) {}

  private static final class Worker {
    final Semaphore turn = new Semaphore(0);
    volatile BooleanSupplier canGoOn; // null: runs, or sleeps
    volatile boolean timesOut;
    volatile boolean ended;
    volatile Throwable failure;
    Thread thread;
  }

  private static final int STEPS_MAX = 500;
  private static final Duration SETTLES_WITHIN = Duration.ofSeconds(20);

  private final int preemptionsMax;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Choice> choices = new ArrayList<>();
  private volatile boolean abandoned;

  private Interleavings(int preemptionsMax) {
    this.preemptionsMax = preemptionsMax;
  }

  /** Makes a scenario for each run. */
  interface Begin {
    Scenario scenario();
  }

  /**
   * Tries all ways.
   *
   * @return how many there are
   */
  static int tryAll(Begin begin, int preemptionsMax) {
    List<Integer> way = new ArrayList<>();
    for (int ways = 1; ; ways++) {
      Interleavings run = new Interleavings(preemptionsMax);
      Scenario scenario = begin.scenario();
      try {
        run.run(scenario, way);
        scenario.check();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("way " + ways + ": " + run.choices, e);
      }
      int last = run.choices.size() - 1;
      while (last >= 0 && run.choices.get(last).taken + 1 == run.choices.get(last).ways) {
        last--;
      }
      if (last < 0) {
        return ways;
      }
      way.clear();
      run.choices.subList(0, last).forEach(choice -> way.add(choice.taken));
      way.add(run.choices.get(last).taken + 1);
    }
  }

  /** Gives the turn away, and goes on with the next one that it gets. */
  void stop() {
    stop(() -> true, false);
  }

  /**
   * Gives the turn away, and goes on with the next one that it gets once it can; or, if it times
   * out, also when nobody else can go on.
   */
  void stop(BooleanSupplier canGoOn, boolean timesOut) {
    for (Worker worker : workers) {
      if (worker.thread == Thread.currentThread()) {
        worker.timesOut = timesOut;
        worker.canGoOn = canGoOn;
        worker.turn.acquireUninterruptibly();
        if (abandoned) {
          throw new IllegalStateException("the run was abandoned");
        }
      }
    }
  }

  private void run(Scenario scenario, List<Integer> way) {
    for (Runnable body : scenario.threads(this)) {
      Worker worker = new Worker();
      worker.thread = new Thread(() -> work(worker, body), "interleaved-" + workers.size());
      workers.add(worker);
    }
    workers.forEach(worker -> worker.thread.start());
    try {
      takeTurns(scenario, way);
    } finally {
      abandon();
    }
    for (Worker worker : workers) {
      if (worker.failure != null) {
        throw new AssertionError(worker.thread.getName(), worker.failure);
      }
    }
  }

  private void work(Worker me, Runnable body) {
    try {
      stop();
      body.run();
    } catch (RuntimeException | Error e) {
      me.failure = abandoned ? null : e;
    } finally {
      me.ended = true;
    }
  }

  private void takeTurns(Scenario scenario, List<Integer> way) {
    Worker last = null;
    int preemptions = 0;
    settle(scenario);
    List<Worker> ready = ready();
    for (int steps = 0; !ready.isEmpty() && steps < STEPS_MAX; steps++) {
      boolean wouldPreempt = ready.remove(last);
      if (wouldPreempt && preemptions == preemptionsMax) {
        ready.clear();
      }
      if (wouldPreempt) {
        ready.add(0, last);
      }
      int taken = choices.size() < way.size() ? way.get(choices.size()) : 0;
      choices.add(new Choice(taken, ready.size()));
      preemptions += wouldPreempt && taken > 0 ? 1 : 0;
      last = ready.get(taken);
      last.canGoOn = null;
      last.turn.release();
      settle(scenario);
      ready = ready();
    }
    checkEnded();
  }

  /** Who can go on; if nobody can, those for whom time passes. */
  private List<Worker> ready() {
    List<Worker> stopped = new ArrayList<>(workers);
    stopped.removeIf(worker -> worker.ended || worker.canGoOn == null);
    List<Worker> ready = new ArrayList<>(stopped);
    ready.removeIf(worker -> !worker.canGoOn.getAsBoolean());
    if (ready.isEmpty()) {
      ready.addAll(stopped);
      ready.removeIf(worker -> !worker.timesOut);
    }
    return ready;
  }

  /** Waits until all have stopped, ended, or sleep. */
  private void settle(Scenario scenario) {
    Deadline deadline = Deadline.after(SETTLES_WITHIN);
    while (running() != scenario.asleep()) {
      if (deadline.hasPassed()) {
        throw new AssertionError("a thread neither stops nor sleeps");
      }
      LockSupport.parkNanos(1000);
    }
  }

  private long running() {
    return workers.stream().filter(worker -> worker.canGoOn == null && !worker.ended).count();
  }

  private void checkEnded() {
    for (Worker worker : workers) {
      if (!worker.ended) {
        String how = worker.canGoOn == null ? " is never woken" : " can never go on";
        throw new AssertionError(worker.thread.getName() + how);
      }
    }
  }

  private void abandon() {
    abandoned = true;
    for (Worker worker : workers) {
      worker.turn.release(STEPS_MAX);
      worker.thread.interrupt();
      try {
        worker.thread.join(SETTLES_WITHIN.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
