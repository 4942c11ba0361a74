package io.holdfast.campaign;

import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;

/** What can be done to the connections that lead through some proxies, to one proxy at a time. */
final class NetworkFaults {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration LONG = Duration.ofSeconds(7);
  private static final int MESSAGES_MAX = 60;

  private final List<FaultProxy> proxies;
  private final SplittableRandom random;
  private FaultProxy struck;

  NetworkFaults(List<FaultProxy> proxies, SplittableRandom random) {
    this.proxies = proxies;
    this.random = random;
  }

  List<io.holdfast.campaign.Fault> all() {
    return List.of(
        fault("connections cut", SHORT, () -> strike(Fault.CUT)),
        fault("connections half closed", SHORT, () -> strike(Fault.HALF_CLOSE)),
        fault("answers or requests swallowed", LONG, () -> strike(Fault.SWALLOW)),
        fault("answers or requests held back", LONG, () -> strike(Fault.HOLD)),
        fault("one connection harmed at some message", LONG, this::strikeAtMessage),
        fault("network delayed", LONG, this::delay),
        fault("network gone", LONG, this::blackhole),
        fault("connections refused", LONG, this::refuse));
  }

  private io.holdfast.campaign.Fault fault(
      String name, Duration longest, io.holdfast.campaign.Fault.Strike strike) {
    return new io.holdfast.campaign.Fault(name, longest, () -> pick() + strike.run(), this::heal);
  }

  private String pick() {
    struck = proxies.get(random.nextInt(proxies.size()));
    return "at port " + struck.port() + " ";
  }

  private Direction direction() {
    return random.nextBoolean() ? Direction.TO_CLIENT : Direction.TO_SERVER;
  }

  private String strike(Fault what) {
    Direction direction = direction();
    struck.strike(direction, what);
    return what + " " + direction;
  }

  private String strikeAtMessage() {
    Direction direction = direction();
    List<Fault> all = List.of(Fault.values());
    Fault what = all.get(random.nextInt(all.size()));
    int messages = random.nextInt(MESSAGES_MAX);
    var unused = struck.strikeAfterMessages(direction, messages, what);
    return what + " " + direction + " after " + messages + " messages";
  }

  private String delay() {
    Direction direction = direction();
    Duration latency = Duration.ofMillis(1 + random.nextInt(200));
    struck.delay(direction, latency);
    return latency.toMillis() + " ms " + direction;
  }

  private String blackhole() {
    struck.blackhole();
    return "both ways";
  }

  /** As if no server ran: connections end, and none begins. */
  private String refuse() {
    struck.refuse();
    struck.strike(Direction.TO_SERVER, Fault.CUT);
    return "and cut";
  }

  private void heal() {
    struck.heal();
  }
}
