package io.holdfast.campaign;

import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Postgres;

/** Accounts of PostgreSQL. */
final class PostgresAccountTest extends AccountChangeContract {
  @Override
  Account plain() {
    return SqlAccount.on(SqlAccount.Words.POSTGRESQL, Postgres.shared());
  }

  @Override
  Account withTls(Certificates.Identity shown) {
    return SqlAccount.on(SqlAccount.Words.POSTGRESQL, Postgres.startTls(shown), shown);
  }
}
