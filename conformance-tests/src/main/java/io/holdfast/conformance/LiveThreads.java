package io.holdfast.conformance;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The threads that live at one moment. */
final class LiveThreads {
  /** Threads that the JDK and JUnit start when they first need them, and keep. */
  private static final Pattern SHARED =
      Pattern.compile(
          "(ForkJoinPool\\.commonPool|Common-Cleaner|Cleaner-|process reaper|junit|Attach|surefire"
              + "|HttpClient-|JNA Cleaner|Reference Handler|Finalizer"
              + "|Signal Dispatcher|Notification).*");

  private final Set<Thread> threads;

  private LiveThreads(Set<Thread> threads) {
    this.threads = threads;
  }

  static LiveThreads now() {
    return new LiveThreads(Thread.getAllStackTraces().keySet());
  }

  /** Fails when threads that are not among these still live after some patience. */
  void checkNoNew(Fixture fixture) {
    try {
      fixture.await("threads", () -> newOnes().isEmpty());
    } catch (AssertionError e) {
      throw new AssertionError(
          "[H5] threads still live after every handle was closed: " + newOnes(), e);
    }
  }

  private Set<String> newOnes() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !threads.contains(thread) && !SHARED.matcher(thread.getName()).matches())
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }
}
