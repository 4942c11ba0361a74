package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EtcdSettingsTest {
  private static EtcdSettings of(String url) {
    return EtcdSettings.of(StoreConfig.of(url));
  }

  @Test
  void allMembersAndThePrefixAreRead() {
    EtcdSettings settings = of("etcd://user@one:1,two,[::1]:3/a/b?timeout=5s");
    assertEquals(
        List.of(
            InetSocketAddress.createUnresolved("one", 1),
            InetSocketAddress.createUnresolved("two", 2379),
            InetSocketAddress.createUnresolved("::1", 3)),
        settings.members());
    assertEquals("/a/b/", settings.prefix());
    assertEquals("/holdfast/", of("etcd://one").prefix());
    assertEquals("/holdfast/", of("etcd://one/").prefix());
  }

  @Test
  void plaintextIsForThisMachineOnlyUnlessSomebodySaysSo() {
    assertFalse(of("etcd://localhost,127.0.0.1:1,[::1]").tls());
    assertTrue(of("etcd://localhost,db.example").tls());
    assertTrue(of("etcd://127.0.0.1.example").tls());
    assertFalse(of("etcd://db.example?tls=off").tls());
    assertTrue(of("etcd://localhost?tls=on").tls());
    assertTrue(of("etcd://localhost?tls-ca=ca.pem").tls());
  }

  @Test
  void limitsLeaveRoomForGuardAndLane() {
    assertEquals(126, of("etcd://localhost").limits().operationsMax());
    assertEquals(1022, of("etcd://localhost?txn-ops=1024").limits().operationsMax());
    assertTrue(of("etcd://localhost").limits().transactionBytesMax() < 3 << 19);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "etcd:",
        "etcd:host",
        "etcd://",
        "etcd://host:0",
        "etcd://host:99999",
        "etcd://host:999999999999",
        "etcd://host,",
        "etcd://ho:st:1",
        "etcd://host?tls=maybe",
        "etcd://host?trim-history=yes",
        "etcd://host?txn-ops=1",
        "etcd://host?tls-cert=c.pem",
        "etcd://host?tls=off&tls-ca=c.pem"
      })
  void whatIsWrongIsSaid(String url) {
    StoreException.Unusable error = assertThrows(StoreException.Unusable.class, () -> of(url));
    assertEquals(Reason.URL, error.reason());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3.3.27",
        "3.4.23",
        "3.4.35",
        "3.5.0",
        "3.5.2",
        "3.5.12",
        "3.5.17",
        "3.5.0-rc.1",
        "3.4.0"
      })
  void versionsWithKnownFaultsAreFound(String version) {
    String fault = ServerVersion.parse(version).orElseThrow().fault().orElseThrow();
    assertTrue(fault.contains("3.5.18"), fault);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.4.36", "3.5.18", "3.5.30", "3.6.0", "3.6.0-alpha.0", "4.0.0"})
  void soundVersionsAreUsed(String version) {
    assertTrue(ServerVersion.parse(version).orElseThrow().fault().isEmpty());
  }
}
