package io.holdfast.testbed;

import java.net.URI;
import java.util.List;

/**
 * An etcd cluster of three members for one test, which may kill, freeze and restart each.
 *
 * @param members in the order that they were started
 */
public record EtcdCluster(List<Etcd> members) implements AutoCloseable {

  public EtcdCluster {
    members = List.copyOf(members);
  }

  /**
   * Starts three members and waits until all answer.
   *
   * @param settings of each member, like {@code election-timeout=500}
   */
  public static EtcdCluster start(String... settings) {
    Wish wish = Wish.of(Etcd.VARIABLE).withoutAddress();
    EtcdCluster cluster = new EtcdCluster(Etcd.launch(wish, "http", 3, settings));
    cluster.awaitReady();
    return cluster;
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
  }

  private void awaitReady() {
    members.forEach(member -> member.own().awaitReady());
  }
}
