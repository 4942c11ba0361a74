package io.holdfast.testbed;

import io.holdfast.testbed.FaultProxy.Fault;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** What happens to the bytes of all connections in one direction. */
final class Flow {
  private Duration delay = Duration.ZERO;
  private Fault standing;
  private Fault armed;
  private long left;
  private boolean countsMessages;
  private CompletableFuture<Void> struck;
  private long heals;
  private long messages;

  /**
   * What becomes of some bytes.
   *
   * @param pass how many of them pass before the fault
   * @param fault null for none
   * @param heals tells which {@link #heal} ends it
   */
  record Verdict(int pass, Fault fault, long heals) {}

  synchronized void delay(Duration latency) {
    delay = latency;
  }

  synchronized Duration delay() {
    return delay;
  }

  synchronized void stand(Fault fault) {
    standing = fault;
  }

  /** The result is completed when the fault strikes, cancelled if it is healed before. */
  synchronized CompletableFuture<Void> arm(long count, boolean messages, Fault fault) {
    armed = fault;
    left = count;
    countsMessages = messages;
    struck = new CompletableFuture<>();
    return struck;
  }

  /** How many messages have begun. */
  synchronized long messages() {
    return messages;
  }

  synchronized Verdict judge(boolean beginsMessage, int length) {
    messages += beginsMessage ? 1 : 0;
    if (standing != null) {
      return new Verdict(0, standing, heals);
    }
    if (armed == null) {
      return new Verdict(length, null, heals);
    }
    return countsMessages ? judgeMessage(beginsMessage, length) : judgeBytes(length);
  }

  synchronized void heal() {
    delay = Duration.ZERO;
    standing = null;
    armed = null;
    if (struck != null) {
      struck.cancel(false);
    }
    heals++;
    notifyAll();
  }

  /** Waits until the fault that the verdict spoke of is over. */
  synchronized void awaitHeal(Verdict verdict) throws InterruptedException {
    while (heals == verdict.heals()) {
      wait();
    }
  }

  /** Whether the fault that the verdict spoke of is over already. */
  synchronized boolean isHealedSince(Verdict verdict) {
    return heals != verdict.heals();
  }

  private Verdict judgeMessage(boolean begins, int length) {
    if (begins && left == 0) {
      return struck(0);
    }
    left -= begins ? 1 : 0;
    return new Verdict(length, null, heals);
  }

  private Verdict judgeBytes(int length) {
    int pass = (int) Math.min(left, length);
    left -= pass;
    return left == 0 ? struck(pass) : new Verdict(pass, null, heals);
  }

  private Verdict struck(int pass) {
    Verdict verdict = new Verdict(pass, armed, heals);
    armed = null;
    struck.complete(null);
    return verdict;
  }
}
