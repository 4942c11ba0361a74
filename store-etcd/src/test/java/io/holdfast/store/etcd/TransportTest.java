package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.WithEtcd;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Handles of one process share connections, and closing one leaves the others alone: rule H5. */
final class TransportTest {
  private static final Key KEY = Key.of("k");
  private static final byte[] VALUE = {1};

  private static EtcdSettings settings(String target) {
    return EtcdSettings.of(StoreConfig.of("etcd://" + target));
  }

  @Test
  void theSameMembersAreReachedByOneConnectionUntilTheLastHandleIsClosed() {
    Transport one = Transport.of(settings("127.0.0.1:1,127.0.0.1:2/one"));
    Transport other = Transport.of(settings("127.0.0.1:1,127.0.0.1:2/other"));
    Transport elsewhere = Transport.of(settings("127.0.0.1:2/one"));
    ManagedChannel shared = one.channel(1);
    assertSame(shared, other.channel(1));
    assertNotSame(shared, elsewhere.channel(0));
    elsewhere.close();
    one.close();
    assertFalse(shared.isShutdown());
    other.close();
    assertTrue(shared.isShutdown());
    Transport anew = Transport.of(settings("127.0.0.1:1,127.0.0.1:2/one"));
    assertFalse(anew.channel(1).isShutdown());
    anew.close();
  }

  @Test
  void withTlsEachHandleReadsItsCertificatesAnew() {
    EtcdSettings trusting = settings("127.0.0.1:1/p?tls-ca=" + Certificates.authority());
    Transport one = Transport.of(trusting);
    Transport other = Transport.of(trusting);
    assertNotSame(one.channel(0), other.channel(0));
    one.close();
    assertFalse(other.channel(0).isShutdown());
    other.close();
    assertTrue(other.channel(0).isShutdown());
  }

  @Test
  void h5closingAHandleEndsItsWaitsAndNobodyElses(@WithEtcd Etcd etcd) {
    FaultProxy proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
    String url =
        EtcdHarness.url(etcd).replace(etcd.endpoint().getAuthority(), "127.0.0.1:" + proxy.port());
    Store closing = Store.open(StoreConfig.of(url).withTimeout(Duration.ofMinutes(1)));
    try (Store staying = Store.open(url)) {
      staying.put(KEY, VALUE);
      assertTrue(closing.get(KEY).isPresent());
      proxy.blackhole();
      CompletableFuture<Object> told = new CompletableFuture<>();
      Thread waiting = new Thread(() -> told.complete(outcome(closing)));
      waiting.start();
      Await.until("the question", () -> waiting.getState() == Thread.State.TIMED_WAITING);
      closing.close();
      assertInstanceOf(StoreException.Closed.class, told.orTimeout(20, TimeUnit.SECONDS).join());
      proxy.heal();
      Position put = Await.available(() -> staying.put(KEY, VALUE));
      assertEquals(put, staying.status().head());
    } finally {
      proxy.close();
    }
  }

  private static Object outcome(Store store) {
    try {
      return store.get(KEY);
    } catch (StoreException e) {
      return e;
    }
  }

  @Test
  void h5whatCannotBeOpenedLeavesNothingOpen() {
    EtcdSettings missing = settings("127.0.0.1:1/p?tls-ca=/missing/ca.pem");
    assertThrows(StoreException.Unusable.class, () -> Transport.of(missing));
    int before = openFiles();
    for (int i = 0; i < 20; i++) {
      assertThrows(StoreException.Unusable.class, () -> Transport.of(missing));
    }
    assertTrue(openFiles() < before + 20, () -> "open before " + before + ", now " + openFiles());
  }

  private static int openFiles() {
    String[] files = new File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  @Test
  void whatIsNoCertificateIsSaid(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("ca.pem"), "no certificate");
    EtcdSettings wrong = settings("127.0.0.1:1/p?tls-ca=" + file);
    StoreException.Unusable told =
        assertThrows(StoreException.Unusable.class, () -> Transport.of(wrong));
    assertEquals(StoreException.Reason.URL, told.reason());
    EtcdSettings key = settings("127.0.0.1:1/p?tls-cert=" + file + "&tls-key=" + file);
    assertThrows(StoreException.Unusable.class, () -> Transport.of(key));
  }

  @Test
  void h5closingEndsACommitThatIsNotAnswered(@WithEtcd Etcd etcd) {
    FaultProxy proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
    String url =
        EtcdHarness.url(etcd).replace(etcd.endpoint().getAuthority(), "127.0.0.1:" + proxy.port());
    Store closing = Store.open(StoreConfig.of(url).withTimeout(Duration.ofMinutes(1)));
    try {
      closing.put(KEY, VALUE);
      proxy.blackhole();
      CompletableFuture<Object> told = new CompletableFuture<>();
      Thread writing = new Thread(() -> told.complete(commit(closing)));
      writing.start();
      Await.until("the commit", () -> writing.getState() == Thread.State.TIMED_WAITING);
      CompletableFuture.runAsync(closing::close).orTimeout(15, TimeUnit.SECONDS).join();
      assertInstanceOf(StoreException.UnknownOutcome.class, told.join());
    } finally {
      proxy.close();
    }
  }

  private static Object commit(Store store) {
    try {
      return store.put(KEY, VALUE);
    } catch (StoreException e) {
      return e;
    }
  }
}
