package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers that lose acknowledged commits: the checker sees it, and so does everybody concerned. */
@Timeout(900)
final class ForkTest {
  @Test
  void anAsynchronousFailoverIsSeenByAll() throws Exception {
    try (Fork.Servers servers = new AsynchronousFailover()) {
      assertSeen(Options.Backend.POSTGRES_PAIR, servers);
    }
  }

  @Test
  void aRestoredEtcdIsSeenByAll() throws Exception {
    try (Fork.Servers servers = new RestoredEtcd()) {
      assertSeen(Options.Backend.ETCD, servers);
    }
  }

  @Test
  void aRestoredMariaDbIsSeenByAll() throws Exception {
    try (Fork.Servers servers = new RestoredMariaDb()) {
      assertSeen(Options.Backend.MARIADB, servers);
    }
  }

  private static void assertSeen(Options.Backend backend, Fork.Servers servers) throws Exception {
    Fork.Result result =
        new Fork(Options.standard(backend, Duration.ofSeconds(6)), servers, System.out).run();
    System.out.println(result);
    assertTrue(result.acknowledged() > 0, result::toString);
    assertTrue(result.rules().getOrDefault("C3", 0L) > 0, result::toString);
    assertEquals(6, result.watchers(), result::toString);
    assertEquals(6, result.watchersDiverged(), result::toString);
    assertEquals(3, result.mirrors(), result::toString);
    assertEquals(3, result.mirrorsDiverged(), result::toString);
    assertTrue(result.writerDiverged(), result::toString);
  }
}
