package io.holdfast.store.sql;

import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.SqlServer;
import org.junit.jupiter.api.Tag;

@Tag("mysql")
final class MySqlWeatherTest extends MySqlWeatherContract {
  @Override
  String scheme() {
    return "mysql";
  }

  @Override
  SqlServer shared() {
    return MySql.shared();
  }

  @Override
  SqlServer start(String... settings) {
    return MySql.start(settings);
  }

  @Override
  String shortStatements() {
    return "max_execution_time = 1";
  }

  @Override
  SqlServer startTls(Certificates.Identity identity) {
    return MySql.startTls(identity);
  }
}
