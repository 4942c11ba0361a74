package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Etcd;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Passwords, rights, certificates, and servers that are not there or full. */
final class AccessTest {
  private static final Key KEY = Key.of("k");
  private static final byte[] VALUE = {1};
  private static final String PASSWORD = "correct horse";

  private static StoreConfig config(String user, Etcd etcd, String path) {
    return StoreConfig.of("etcd://" + user + etcd.endpoint().getAuthority() + path)
        .withTimeout(Duration.ofSeconds(15));
  }

  private static StoreException.Unusable refused(StoreConfig config) {
    StoreException.Unusable error =
        assertThrows(StoreException.Unusable.class, () -> Store.open(config).close());
    assertFalse(error.getMessage().contains(PASSWORD), error.getMessage());
    return error;
  }

  @Test
  void aUserNeedsPasswordAndRightsAndItsTokenIsRenewed() {
    try (Etcd etcd = Etcd.start("auth-token-ttl=1");
        EtcdAdmin admin = new EtcdAdmin(etcd)) {
      admin.enableAuth("app", PASSWORD, "/app/");
      StoreConfig app = config("app@", etcd, "/app");
      assertEquals(Reason.ACCESS_DENIED, refused(config("", etcd, "/app")).reason());
      assertEquals(Reason.ACCESS_DENIED, refused(app).reason());
      assertEquals(Reason.ACCESS_DENIED, refused(app.withPassword("wrong")).reason());
      StoreConfig nobody = config("nobody@", etcd, "/app").withPassword(PASSWORD);
      assertEquals(Reason.ACCESS_DENIED, refused(nobody).reason());
      StoreConfig elsewhere = config("app@", etcd, "/other").withPassword(PASSWORD);
      StoreException.Unusable error = refused(elsewhere);
      assertEquals(Reason.ACCESS_DENIED, error.reason());
      assertTrue(error.getMessage().contains("rights"), error.getMessage());
      try (Store store = Store.open(app.withPassword(PASSWORD));
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        for (int i = 0; i < 3; i++) {
          Position put = store.put(KEY, VALUE);
          assertEquals(List.of(put), Await.commits(watch, put));
          assertTrue(watch.next(Duration.ofMillis(2_500)).isEmpty()); // outlives the token
        }
        assertTrue(store.get(KEY).isPresent());
      }
    }
  }

  @Test
  void aServerThatWantsPasswordsFromNowOnGetsOne() {
    try (Etcd etcd = Etcd.start();
        EtcdAdmin admin = new EtcdAdmin(etcd);
        Store store = Store.open(config("app@", etcd, "/app").withPassword(PASSWORD));
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Position before = store.put(KEY, VALUE);
      assertEquals(List.of(before), Await.commits(watch, before));
      admin.enableAuth("app", PASSWORD, "/app/");
      Position after = store.put(KEY, VALUE);
      assertEquals(after, store.status().head());
      assertEquals(List.of(after), Await.commits(watch, after));
    }
  }

  @Test
  void aServerProvesWhoItIsAndSoDoesTheClient() {
    Certificates.Identity client = Certificates.client("app");
    try (Etcd etcd = Etcd.startTls(Certificates.server())) {
      StoreConfig trusting =
          config("", etcd, "/tls").with("tls-ca", Certificates.authority().toString());
      StoreConfig known =
          trusting
              .with("tls-cert", client.certificate().toString())
              .with("tls-key", client.key().toString());
      try (Store store = Store.open(known)) {
        assertEquals(store.put(KEY, VALUE), store.status().head());
      }
      assertThrows(StoreException.class, () -> Store.open(trusting).close());
      StoreConfig plain = config("", etcd, "/tls").withTimeout(Duration.ofSeconds(2));
      Await.unavailable(() -> opened(plain));
      assertEquals(Reason.ACCESS_DENIED, refused(plain.with("tls", "on")).reason());
    }
    for (Certificates.Identity wrong : List.of(Certificates.otherHost(), Certificates.expired())) {
      try (Etcd etcd = Etcd.startTls(wrong)) {
        StoreConfig known =
            config("", etcd, "/tls")
                .with("tls-ca", Certificates.authority().toString())
                .with("tls-cert", client.certificate().toString())
                .with("tls-key", client.key().toString());
        assertEquals(Reason.ACCESS_DENIED, refused(known).reason());
      }
    }
  }

  @Test
  void aPlaintextServerIsRefusedWhereTlsIsAskedFor() {
    try (Etcd etcd = Etcd.start()) {
      StoreConfig config = config("", etcd, "/p").with("tls", "on");
      StoreException error = assertThrows(StoreException.class, () -> Store.open(config).close());
      assertTrue(error.getMessage().contains("TLS"), error.getMessage());
    }
  }

  @Test
  void aFullServerSaysSoAndIsUsedAgainWhenThereIsRoom() {
    try (Etcd etcd = Etcd.start("quota-backend-bytes=" + (16 << 20));
        EtcdAdmin admin = new EtcdAdmin(etcd);
        Store store = Store.open(config("", etcd, "/full"))) {
      byte[] large = new byte[1 << 20];
      StoreException.Unusable full =
          assertThrows(
              StoreException.Unusable.class,
              () -> {
                for (int i = 0; i < 100; i++) {
                  store.put(KEY, large);
                }
              });
      assertEquals(Reason.FULL, full.reason());
      assertTrue(store.get(KEY).isPresent());
      admin.disarm();
      assertEquals(store.put(KEY, VALUE), store.status().head());
    }
  }

  @Test
  void aServerThatIsGoneIsUnavailableAndIsFoundAgain() {
    try (Etcd etcd = Etcd.start();
        Store store = Store.open(config("", etcd, "/gone"));
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Position before = store.put(KEY, VALUE);
      assertEquals(List.of(before), Await.commits(watch, before));
      etcd.kill9();
      Store hasty = store.within(Duration.ofMillis(500));
      Await.unavailable(() -> hasty.get(KEY));
      Await.unavailable(() -> hasty.put(KEY, VALUE));
      StoreConfig config = config("", etcd, "/gone").withTimeout(Duration.ofMillis(500));
      Await.unavailable(() -> opened(config));
      Await.until("trouble to show", () -> troubled(watch));
      etcd.restart();
      Position after = Await.available(() -> store.put(KEY, VALUE));
      assertEquals(List.of(after), Await.commits(watch, after));
      assertEquals(Watch.State.FOLLOWING, watch.state());
    }
  }

  private static boolean opened(StoreConfig config) {
    Store.open(config).close();
    return true;
  }

  private static boolean troubled(Watch watch) {
    assertTrue(watch.next(Duration.ofMillis(10)).isEmpty());
    return watch.state() == Watch.State.RETRYING;
  }
}
