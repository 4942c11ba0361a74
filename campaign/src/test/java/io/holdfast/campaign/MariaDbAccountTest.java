package io.holdfast.campaign;

import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.MariaDb;

/** Accounts of MariaDB. */
final class MariaDbAccountTest extends AccountChangeContract {
  @Override
  Account plain() {
    return SqlAccount.on(SqlAccount.Words.MARIADB, MariaDb.shared());
  }

  @Override
  Account withTls(Certificates.Identity shown) {
    return SqlAccount.on(SqlAccount.Words.MARIADB, MariaDb.startTls(shown), shown);
  }
}
