package io.holdfast.cache;

import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;

/** Where new stores on real servers lie. */
final class Places {
  private Places() {}

  /** Without the password. */
  static StoreConfig of(String scheme, Database database) {
    return StoreConfig.of(
        "%s://%s@%s:%d/%s"
            .formatted(scheme, database.user(), database.host(), database.port(), database.name()));
  }

  /** Below a prefix, which ends with a slash. */
  static StoreConfig of(Etcd server, String prefix) {
    return StoreConfig.of("etcd://" + server.endpoint().getAuthority() + prefix);
  }
}
