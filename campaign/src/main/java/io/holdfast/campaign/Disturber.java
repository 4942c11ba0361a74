package io.holdfast.campaign;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Does one fault after another, by chance, each for a while, until it is stopped. */
final class Disturber {
  private static final int PAUSE_MILLIS_MIN = 200;

  private final List<Fault> faults;
  private final SplittableRandom random;
  private final Schedule schedule;
  private final int pauseMillisMax;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private Exception failure;

  Disturber(
      String name,
      List<Fault> faults,
      Options options,
      SplittableRandom random,
      Schedule schedule) {
    pauseMillisMax = PAUSE_MILLIS_MIN + Math.max(1, (int) options.pause().toMillis());
    this.faults = faults;
    this.random = random;
    this.schedule = schedule;
    thread = new Thread(this::run, "campaign-disturber-" + name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Ends the disturbance; the last fault is undone when this returns. */
  void stop() throws Exception {
    stop.countDown();
    thread.join();
    if (failure != null) {
      throw failure;
    }
  }

  private void run() {
    try {
      while (!faults.isEmpty() && !rest(PAUSE_MILLIS_MIN, pauseMillisMax)) {
        disturb(faults.get(random.nextInt(faults.size())));
      }
    } catch (Exception e) {
      failure = e;
      schedule.say("cannot go on: " + e);
    }
  }

  /** Does a fault for a while. */
  void disturb(Fault fault) throws Exception {
    int longest = Math.max(2, (int) fault.longest().toMillis());
    String what = fault.strike().run();
    schedule.count(fault.name());
    schedule.say(fault.name() + ": " + what);
    rest(1, longest);
    fault.heal().run();
    schedule.say(fault.name() + ": over");
  }

  /** Waits a while; true when it is time to stop. */
  private boolean rest(int least, int most) throws InterruptedException {
    Duration rest = Duration.ofMillis(random.nextInt(least, most));
    return stop.await(rest.toMillis(), TimeUnit.MILLISECONDS);
  }
}
