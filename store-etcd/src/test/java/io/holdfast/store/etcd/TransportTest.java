package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.Uninterruptibles;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.StatusOr;
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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
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

  @Test
  void aNameThatIsLookedUpForLongKeepsNobodyFromTheOtherMembers(@WithEtcd Etcd etcd)
      throws Exception {
    SlowNames names = new SlowNames(etcd.endpoint().getPort());
    NameResolverRegistry.getDefaultRegistry().register(names);
    try {
      String members = etcd.endpoint().getAuthority() + ",slow.invalid:1";
      Transport transport = Transport.of(settings(members + "/names?tls=off"));
      try (Store store = Store.open("etcd://" + members + "/names?tls=off")) {
        transport.channel(1).getState(true);
        assertTrue(names.asked.await(20, TimeUnit.SECONDS));
        assertEquals(store.put(KEY, VALUE), store.status().head());
      } finally {
        names.found.countDown();
        transport.close();
      }
    } finally {
      NameResolverRegistry.getDefaultRegistry().deregister(names);
    }
  }

  /** Looks names up where gRPC says, and takes long for those that are no address. */
  private static final class SlowNames extends NameResolverProvider {
    final CountDownLatch asked = new CountDownLatch(1);
    final CountDownLatch found = new CountDownLatch(1);
    private final int port;

    SlowNames(int port) {
      this.port = port;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 9;
    }

    @Override
    public String getDefaultScheme() {
      return "dns";
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return target.getPath().substring(1);
        }

        @Override
        public void start(Listener2 listener) {
          args.getOffloadExecutor().execute(() -> look(getServiceAuthority(), listener));
        }

        @Override
        public void shutdown() {
          // Who waits is told by the test.
        }
      };
    }

    private void look(String name, NameResolver.Listener2 listener) {
      if (name.startsWith("slow")) {
        asked.countDown();
        var unused = Uninterruptibles.awaitUninterruptibly(found, 30, TimeUnit.SECONDS);
      } else {
        InetSocketAddress there = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        listener.onResult(
            NameResolver.ResolutionResult.newBuilder()
                .setAddressesOrError(StatusOr.fromValue(List.of(new EquivalentAddressGroup(there))))
                .build());
      }
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
