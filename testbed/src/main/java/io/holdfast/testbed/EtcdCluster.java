package io.holdfast.testbed;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * An etcd cluster of three members for one test, which may kill, freeze and restart each.
 *
 * @param members in the order that they were started
 * @param links what the others reach each member through, in the same order; empty if it is direct
 */
public record EtcdCluster(List<Etcd> members, List<FaultProxy> links) implements AutoCloseable {

  public EtcdCluster {
    members = List.copyOf(members);
    links = List.copyOf(links);
  }

  /**
   * Starts three members and waits until all answer.
   *
   * @param settings of each member, like {@code election-timeout=500}
   */
  public static EtcdCluster start(String... settings) {
    return ready(new EtcdCluster(launch(peer -> peer, settings), List.of()));
  }

  /** Starts three members that can be cut off from each other, and waits until all answer. */
  public static EtcdCluster startSeverable(String... settings) {
    List<FaultProxy> links = new ArrayList<>();
    List<Etcd> members =
        launch(
            peer -> {
              FaultProxy link = FaultProxy.to(peer.getHost(), peer.getPort());
              links.add(link);
              return URI.create("http://127.0.0.1:" + link.port());
            },
            settings);
    return ready(new EtcdCluster(members, links));
  }

  private static List<Etcd> launch(UnaryOperator<URI> advertised, String... settings) {
    Wish wish = Wish.of(Etcd.VARIABLE).withoutAddress();
    return Etcd.launch(wish, "http", 3, advertised, settings);
  }

  private static EtcdCluster ready(EtcdCluster cluster) {
    cluster.awaitReady();
    return cluster;
  }

  /** Cuts a member off from the others until {@link #reunite}; its clients still reach it. */
  public void cutOff(Etcd member) {
    ProcessHandle process = member.own().processes().get(0);
    for (int i = 0; i < links.size(); i++) {
      boolean isTo = members.get(i) == member;
      links.get(i).cutOff(port -> isTo || LocalPorts.isOf(process, port));
    }
  }

  /** Lets all members reach each other again. */
  public void reunite() {
    links.forEach(FaultProxy::heal);
  }

  /** Where clients connect, one for each member. */
  public List<URI> endpoints() {
    return members.stream().map(Etcd::endpoint).toList();
  }

  /** Starts all members again that do not run, and waits until all answer. */
  public void restart() {
    members.stream().filter(member -> !member.own().isAlive()).forEach(m -> m.own().launch());
    awaitReady();
  }

  /** Stops all members for good and deletes their data. */
  @Override
  public void close() {
    members.forEach(Etcd::close);
    links.forEach(FaultProxy::close);
  }

  private void awaitReady() {
    members.forEach(member -> member.own().awaitReady());
  }
}
