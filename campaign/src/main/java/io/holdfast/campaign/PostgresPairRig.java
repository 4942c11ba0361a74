package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.PostgresPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A PostgreSQL primary and a synchronous replica, each behind a proxy. Once in a campaign the
 * primary dies for good and the replica is promoted.
 */
final class PostgresPairRig implements Rig {
  private final PostgresPair pair = PostgresPair.startSynchronous();
  private final Database database = pair.primary().freshDatabase();
  private final FaultProxy first =
      FaultProxy.to(pair.primary().admin().host(), pair.primary().admin().port());
  private final FaultProxy second =
      FaultProxy.to(pair.replica().admin().host(), pair.replica().admin().port());
  private final SplittableRandom random;

  PostgresPairRig(SplittableRandom random) {
    this.random = random;
  }

  @Override
  public String url() {
    return url(first.port(), second.port());
  }

  @Override
  public String directUrl() {
    return url(pair.primary().admin().port(), pair.replica().admin().port());
  }

  private String url(int primary, int replica) {
    return SqlUrls.of(
        "postgresql", database, "127.0.0.1:%d,127.0.0.1:%d".formatted(primary, replica));
  }

  @Override
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    faults.addAll(new NetworkFaults(List.of(first, second), random.split()).all());
    faults.addAll(
        ServerFaults.of(
            "the replica",
            pair.replica()::kill9,
            pair.replica()::restart,
            pair.replica()::pause,
            pair.replica()::resume));
    return faults;
  }

  @Override
  public List<Fault> turningPoints() {
    return List.of(new Fault("failover", Duration.ofSeconds(1), this::failOver, () -> {}));
  }

  /** The old primary is dead or frozen when the new one begins, and never comes back. */
  private String failOver() {
    boolean frozen = random.nextBoolean();
    if (frozen) {
      pair.primary().pause();
    } else {
      pair.primary().kill9();
    }
    pair.promote();
    if (frozen) {
      pair.primary().kill9();
    }
    return "the replica is the primary; the old one was "
        + (frozen ? "frozen, then " : "")
        + "dead";
  }

  @Override
  public String version() {
    return SqlUrls.version(pair.replica().admin()) + " with a synchronous replica";
  }

  @Override
  public void close() {
    first.close();
    second.close();
    pair.close();
  }
}
