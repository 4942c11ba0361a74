package io.holdfast.campaign;

import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.MySql;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Accounts of MySQL. */
@Tag("mysql")
final class MySqlAccountTest extends AccountChangeContract {
  @Override
  Account plain() {
    return SqlAccount.on(SqlAccount.Words.MYSQL, MySql.shared());
  }

  @Override
  Account withTls(Certificates.Identity shown) {
    return SqlAccount.on(SqlAccount.Words.MYSQL, MySql.startTls(shown), shown);
  }

  /** It refuses to load one that has expired. */
  @Override
  List<Certificates.Identity> badCertificates() {
    return List.of(Certificates.otherHost());
  }
}
