package io.holdfast.campaign;

import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.EtcdCluster;
import java.net.URI;

/**
 * Three members of etcd whose data are set back to what they were. Cluster id, revisions and
 * versions are those of before, so only tokens tell.
 */
final class RestoredEtcd implements Fork.Servers {
  private final EtcdCluster cluster = EtcdCluster.start();

  @Override
  public boolean sharesRevisions() {
    return true;
  }

  @Override
  public String url() {
    return EtcdRig.url(cluster.endpoints().stream().map(URI::getPort).toList());
  }

  @Override
  public void keep() {
    cluster.members().forEach(Etcd::kill9);
    cluster.members().forEach(Etcd::keepData);
    cluster.restart();
  }

  @Override
  public void lose() {
    cluster.members().forEach(Etcd::kill9);
    cluster.members().forEach(Etcd::restoreData);
    cluster.restart();
  }

  @Override
  public void close() {
    cluster.close();
  }
}
