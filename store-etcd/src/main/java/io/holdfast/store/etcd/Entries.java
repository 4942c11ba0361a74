package io.holdfast.store.etcd;

import io.etcd.jetcd.api.KeyValue;

/** etcd's key values as the store's. */
final class Entries {
  private Entries() {}

  static io.holdfast.store.KeyValue entry(Layout layout, KeyValue kv) {
    return io.holdfast.store.KeyValue.adopt(
        layout.key(kv.getKey()),
        kv.getValue().toByteArray(),
        kv.getCreateRevision(),
        kv.getModRevision());
  }
}
