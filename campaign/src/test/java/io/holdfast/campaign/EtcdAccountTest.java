package io.holdfast.campaign;

import io.holdfast.testbed.Certificates;

/** Users of etcd. */
final class EtcdAccountTest extends AccountChangeContract {
  @Override
  Account plain() {
    return EtcdAccount.withPassword();
  }

  @Override
  Account withTls(Certificates.Identity shown) {
    return EtcdAccount.withTls(shown);
  }
}
