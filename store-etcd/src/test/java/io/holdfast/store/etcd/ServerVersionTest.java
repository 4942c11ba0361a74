package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that are known to break the contract are refused, before they are asked anything. */
final class ServerVersionTest {
  private static final int COMMITS = 3;

  private final FakeEtcd fake = new FakeEtcd(COMMITS, 1);

  @AfterEach
  void close() {
    fake.close();
  }

  private Guard head(String options) {
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(StoreConfig.of(fake.url() + options)));
    try (Members members = keyspace.members()) {
      return new History(members, keyspace.layout(), keyspace.known())
          .head("test", Deadline.after(Duration.ofSeconds(10)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.4.36", "3.5.18", "3.5.30", "3.6.0", "4.0.0", "of my own"})
  void soundServersAreUsed(String version) {
    fake.version(version);
    assertEquals(FakeEtcd.position(COMMITS), head("").position());
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.3.27", "3.4.23", "3.4.35", "3.5.2", "3.5.17"})
  void faultyServersAreRefusedUnlessTheyAreAccepted(String version) {
    fake.version(version);
    StoreException.Unusable refused = assertThrows(StoreException.Unusable.class, () -> head(""));
    assertEquals(Reason.NOT_A_STORE, refused.reason());
    assertTrue(refused.getMessage().contains(version), refused.getMessage());
    assertTrue(refused.getMessage().contains("3.5.18"), refused.getMessage());
    assertEquals(FakeEtcd.position(COMMITS), head("?old-servers=accept").position());
  }

  @Test
  void aUserWhomTheServerDoesNotTellItsVersionUsesItAllTheSame() {
    fake.version(null);
    assertEquals(FakeEtcd.position(COMMITS), head("").position());
  }
}
