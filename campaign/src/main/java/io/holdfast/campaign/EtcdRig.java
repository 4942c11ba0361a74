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
import java.util.stream.Collectors;

/** Three members of etcd, each behind a proxy. Who leads changes with kills and freezes. */
final class EtcdRig implements Rig {
  private final EtcdCluster cluster = EtcdCluster.start();
  private final List<FaultProxy> proxies =
      cluster.endpoints().stream()
          .map(endpoint -> FaultProxy.to(endpoint.getHost(), endpoint.getPort()))
          .toList();
  private final SplittableRandom random;

  EtcdRig(SplittableRandom random) {
    this.random = random;
  }

  @Override
  public String url() {
    return url(proxies.stream().map(FaultProxy::port).toList());
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
    return faults;
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
