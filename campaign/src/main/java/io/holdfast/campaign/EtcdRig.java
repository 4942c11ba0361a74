package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.EtcdCluster;
import io.holdfast.testbed.FaultProxy;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Three members of etcd, each behind a proxy. Who leads changes with kills and freezes. */
final class EtcdRig implements Rig {
  private final EtcdCluster cluster = EtcdCluster.startSeverable();
  private final List<FaultProxy> proxies =
      cluster.endpoints().stream()
          .map(endpoint -> FaultProxy.to(endpoint.getHost(), endpoint.getPort()))
          .toList();
  private final SplittableRandom random;
  private Etcd struck;

  EtcdRig(SplittableRandom random) {
    this.random = random;
  }

  @Override
  public String url() {
    return url(proxies.stream().map(FaultProxy::port).toList());
  }

  @Override
  public String directUrl() {
    return url(cluster.endpoints().stream().map(URI::getPort).toList());
  }

  /** The URL of a store whose members listen at these ports. */
  static String url(List<Integer> ports) {
    return ports.stream()
        .map(port -> "127.0.0.1:" + port)
        .collect(Collectors.joining(",", "etcd://", "/campaign/"));
  }

  @Override
  public boolean sharesRevisions() {
    return true;
  }

  @Override
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    faults.addAll(new NetworkFaults(proxies, random.split()).all());
    for (Etcd member : cluster.members()) {
      faults.addAll(
          ServerFaults.of(
              "etcd at " + member.endpoint(),
              member::kill9,
              member::restart,
              member::pause,
              member::resume));
    }
    faults.addAll(ofTheLeader());
    faults.add(
        new Fault("a member is cut off", Duration.ofSeconds(7), this::cutOff, cluster::reunite));
    return faults;
  }

  /** Another member leads after each of these; there is time for several in a campaign. */
  private List<Fault> ofTheLeader() {
    return List.of(
        new Fault(
            "the leader dies",
            Duration.ofSeconds(4),
            () -> strike(Etcd::kill9),
            () -> struck.restart()),
        new Fault(
            "the leader freezes",
            Duration.ofSeconds(8),
            () -> strike(Etcd::pause),
            () -> struck.resume()));
  }

  private String strike(Consumer<Etcd> harm) {
    struck = leader();
    harm.accept(struck);
    return "etcd at " + struck.endpoint();
  }

  /** From its peers; its clients still reach it. */
  private String cutOff() {
    Etcd alone = cluster.members().get(random.nextInt(cluster.members().size()));
    boolean leads = alone.isLeader();
    cluster.cutOff(alone);
    return "etcd at " + alone.endpoint() + (leads ? ", which leads" : "");
  }

  private Etcd leader() {
    return cluster.members().stream()
        .filter(Etcd::isLeader)
        .findFirst()
        .orElse(cluster.members().get(0));
  }

  @Override
  public List<Fault> turningPoints() {
    return List.of(
        new Fault("kill -9 of all members in turn", Duration.ofSeconds(1), this::roll, () -> {}));
  }

  /** The leader is one of them, so another one leads afterwards. */
  private String roll() {
    for (Etcd member : cluster.members()) {
      member.kill9();
      member.restart();
    }
    return cluster.endpoints().toString();
  }

  @Override
  public String version() {
    URI version = cluster.endpoints().get(0).resolve("/version");
    try (InputStream answer = version.toURL().openStream()) {
      return "etcd, three members: " + new String(answer.readAllBytes(), UTF_8);
    } catch (IOException e) {
      return "etcd, three members: " + e;
    }
  }

  @Override
  public void close() {
    proxies.forEach(FaultProxy::close);
    cluster.close();
  }
}
