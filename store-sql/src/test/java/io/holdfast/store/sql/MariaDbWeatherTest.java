package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.SqlServer;
import org.junit.jupiter.api.Test;

final class MariaDbWeatherTest extends MySqlWeatherContract {
  @Override
  String scheme() {
    return "mariadb";
  }

  @Override
  SqlServer shared() {
    return MariaDb.shared();
  }

  @Override
  SqlServer start(String... settings) {
    return MariaDb.start(settings);
  }

  @Override
  String shortStatements() {
    return "max_statement_time = 0.02";
  }

  @Override
  SqlServer startTls(Certificates.Identity identity) {
    return MariaDb.startTls(identity);
  }

  @Test
  void k1theServersCollationsAndModesDoNotMatter() {
    try (SqlServer server =
        start(
            "character-set-server=latin1",
            "collation-server=latin1_german1_ci",
            "sql-mode=ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES,IGNORE_SPACE",
            "transaction-isolation=SERIALIZABLE",
            "autocommit=0",
            "lower-case-table-names=1")) {
      try (Store store = Store.open(url(server.freshDatabase()))) {
        for (byte[] key :
            new byte[][] {{'a'}, {'A'}, {'a', ' '}, {'a', 0}, {'\\'}, {(byte) 0xe4}}) {
          store.put(Key.ofBytes(key), key);
        }
        assertEquals(6, store.count(KeyRange.all()));
        assertTrue(store.get(Key.ofBytes(new byte[] {'a', 0})).isPresent());
      }
    }
  }
}
