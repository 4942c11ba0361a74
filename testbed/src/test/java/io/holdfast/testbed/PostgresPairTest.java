package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;
import org.junit.jupiter.api.Test;

final class PostgresPairTest {

  @Test
  void aSynchronousReplicaHasEveryWriteWhenThePrimaryDies() throws Exception {
    try (PostgresPair pair = PostgresPair.startSynchronous()) {
      Database primary = pair.primary().freshDatabase();
      Database replica = pair.replica().admin().named(primary.name());
      Sql.run(primary, "CREATE TABLE t (a INT)");
      Sql.run(primary, "INSERT INTO t VALUES (7)");
      pair.primary().kill9();
      assertThrows(SQLException.class, () -> Sql.run(replica, "INSERT INTO t VALUES (8)"));
      pair.promote();
      Sql.run(replica, "INSERT INTO t VALUES (8)");
      assertEquals("15", Sql.one(replica, "SELECT sum(a) FROM t"));
    }
  }

  @Test
  void anAsynchronousReplicaLosesWhatItHasNotSeen() throws Exception {
    try (PostgresPair pair = PostgresPair.startAsynchronous()) {
      Database primary = pair.primary().freshDatabase();
      Database replica = pair.replica().admin().named(primary.name());
      Sql.run(primary, "CREATE TABLE t (a INT)");
      Deadline.await(
          () -> assertEquals("0", Sql.one(replica, "SELECT count(*) FROM t")),
          Deadline.READY_MAX,
          () -> true);
      pair.replica().pause();
      Sql.run(primary, "INSERT INTO t VALUES (7)");
      pair.primary().kill9();
      pair.replica().restart();
      pair.promote();
      assertEquals("0", Sql.one(replica, "SELECT count(*) FROM t"));
    }
  }
}
