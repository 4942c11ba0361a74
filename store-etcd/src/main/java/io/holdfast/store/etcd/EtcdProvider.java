package io.holdfast.store.etcd;

import io.holdfast.store.Backend;
import io.holdfast.store.Limits;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreProvider;
import java.util.Optional;
import java.util.Set;

/**
 * Opens stores in etcd: {@code etcd://USER@HOST:2379,HOST:2379/PREFIX}, creating them where there
 * is none. All members of the cluster should be named; the prefix is {@code holdfast} if none is
 * given. Stores with different prefixes, and others, can share one cluster.
 *
 * <p>Options, beside those that every store has:
 *
 * <ul>
 *   <li>{@code tls}: {@code on} or {@code off}. By default on, and off if all hosts are this
 *       machine: passwords and data do not cross a network in the clear unless somebody says so.
 *   <li>{@code tls-ca}: a PEM file with the authorities to trust, default those of the JDK.
 *   <li>{@code tls-cert}, {@code tls-key}: PEM files with the client's certificate and its key
 *       (PKCS #8, without password).
 *   <li>{@code txn-ops}, {@code request-bytes}: what the servers take, as they were started with
 *       {@code --max-txn-ops} and {@code --max-request-bytes}; default 128 and 1572864.
 *   <li>{@code trim-history}: {@code on} lets this store compact etcd according to {@code
 *       history-age} and {@code history-commits}. A compaction concerns the <em>whole</em> cluster,
 *       whoever else uses it, so it is {@code off} by default and then the history reaches back to
 *       the last compaction that anyone made.
 *   <li>{@code old-servers}: {@code accept} uses servers in spite of known faults of their version
 *       that can break the contract.
 * </ul>
 *
 * <p>Works with etcd 3.5.18 and newer, and 3.4.36 and newer of 3.4.
 */
public final class EtcdProvider implements StoreProvider {
  /** For the service loader. */
  public EtcdProvider() {}

  @Override
  public Set<String> schemes() {
    return Set.of("etcd");
  }

  @Override
  public Set<String> options() {
    return EtcdSettings.OPTIONS;
  }

  @Override
  public Backend open(StoreConfig config) {
    return EtcdBackend.open(EtcdSettings.of(config));
  }

  @Override
  public Optional<Limits> limitsIfNew(StoreConfig config) {
    return EtcdBackend.limitsIfNew(EtcdSettings.of(config));
  }
}
