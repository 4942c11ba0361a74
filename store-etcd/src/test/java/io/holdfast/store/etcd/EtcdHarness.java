package io.holdfast.store.etcd;

import io.holdfast.conformance.StoreHarness;
import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Etcd;

/** A store below a prefix of its own; its backup is one of the whole server. */
final class EtcdHarness implements StoreHarness {
  private final Etcd etcd;
  private final StoreConfig place;

  EtcdHarness(Etcd etcd) {
    this.etcd = etcd;
    this.place = StoreConfig.of(url(etcd) + "?trim-history=on");
  }

  /** The URL of a new store on a server of this machine. */
  static String url(Etcd etcd) {
    return "etcd://" + etcd.endpoint().getAuthority() + etcd.freshPrefix();
  }

  @Override
  public StoreConfig place() {
    return place;
  }

  @Override
  public Backend open(StoreConfig config) {
    return new EtcdProvider().open(config);
  }

  @Override
  public boolean sharesRevisions() {
    return true;
  }

  @Override
  public void save() {
    etcd.kill9();
    etcd.keepData();
    etcd.restart();
  }

  @Override
  public void restore() {
    etcd.kill9();
    etcd.restoreData();
    etcd.restart();
  }

  @Override
  public void close() {
    // A prefix that nobody uses again goes with the server.
  }
}
