package io.holdfast.testbed;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Ways to the same thing, tried one after another until one works. */
final class Attempts<T> {
  private final String what;
  private final List<Exception> failures = new ArrayList<>();
  private final StringBuilder story = new StringBuilder();
  private T found;

  /**
   * @param what what is looked for, for the message
   */
  Attempts(String what) {
    this.what = what;
  }

  /** Tries this way if none before it worked. */
  Attempts<T> or(String way, Callable<T> attempt) {
    if (found != null) {
      return this;
    }
    try {
      found = attempt.call();
    } catch (Exception e) {
      failures.add(e);
      story.append("\n * ").append(way).append(": ").append(e.getMessage());
    }
    return this;
  }

  /** What was found; otherwise an exception that tells all that was tried and what to do. */
  T orFail(String advice) {
    if (found != null) {
      return found;
    }
    TestbedException all = new TestbedException("No " + what + ". Tried:" + story + "\n" + advice);
    failures.forEach(all::addSuppressed);
    throw all;
  }
}
