package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.StoreConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SameDatabaseTest {
  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://db/spire, postgresql://u:p@db:5432/spire, true",
    "'jdbc:postgresql://a:1,DB:2/spire?sslmode=require', 'postgresql://db:2,c/spire', true",
    "jdbc:postgresql://db/spire, postgresql://db/other, false",
    "jdbc:postgresql://db/spire, postgresql://db:5433/spire, false",
    "jdbc:postgresql://db/spire, mariadb://db/spire, false",
    "jdbc:mysql://u:p@db/spire, mariadb://db:3306/spire, true",
    "jdbc:mariadb://db/spire, mysql://db/spire, true",
    "jdbc:mysql://db/spire, etcd://db/spire, false",
    "jdbc:sqlite:pom.xml, sqlite:./pom.xml, true",
    "jdbc:sqlite:pom.xml, sqlite:not-there.db, false"
  })
  void aStoreInTheSourcesDatabaseIsSeen(String source, String store, boolean same) {
    assertEquals(same, SameDatabase.is(source, StoreConfig.of(store)), source + " and " + store);
  }
}
