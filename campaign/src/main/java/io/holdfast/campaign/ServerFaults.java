package io.holdfast.campaign;

import java.time.Duration;
import java.util.List;

/** What can be done to any server that runs on this machine. */
final class ServerFaults {
  private static final Duration DOWN = Duration.ofSeconds(3);
  private static final Duration FROZEN = Duration.ofSeconds(8);

  private ServerFaults() {}

  static List<Fault> of(
      String name, Runnable kill9, Runnable restart, Runnable pause, Runnable resume) {
    return List.of(
        new Fault("kill -9 of a server", DOWN, striking(name, kill9), restart::run),
        new Fault("freeze of a server", FROZEN, striking(name, pause), resume::run));
  }

  private static Fault.Strike striking(String name, Runnable harm) {
    return () -> {
      harm.run();
      return name;
    };
  }
}
