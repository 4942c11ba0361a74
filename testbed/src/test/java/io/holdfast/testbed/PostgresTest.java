package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

@WithPostgres
final class PostgresTest extends SqlServerContract<Postgres> {

  PostgresTest(Postgres shared) {
    super(shared);
  }

  @Override
  Postgres start(Wish wish, String... settings) {
    return Postgres.start(wish, settings);
  }

  @Override
  Postgres findShared(Wish wish) {
    return Postgres.findShared(wish);
  }

  @Override
  String wrongSetting() {
    return "max_connections=none";
  }

  @Test
  void writesAreDurable(Postgres postgres) throws Exception {
    Database database = postgres.freshDatabase();
    assertEquals("on", Sql.one(database, "SHOW fsync"));
    assertEquals("on", Sql.one(database, "SHOW synchronous_commit"));
    assertEquals("on", Sql.one(database, "SHOW full_page_writes"));
  }
}
