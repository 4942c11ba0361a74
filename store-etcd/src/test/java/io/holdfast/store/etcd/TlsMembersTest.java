package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Etcd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** One member to which there is no TLS connection does not keep anybody from the others. */
final class TlsMembersTest {
  private static StoreConfig config(String members) {
    Certificates.Identity client = Certificates.client("app");
    return StoreConfig.of("etcd://" + members + "/tls")
        .with("tls-ca", Certificates.authority().toString())
        .with("tls-cert", client.certificate().toString())
        .with("tls-key", client.key().toString());
  }

  private static void use(StoreConfig config) {
    try (Store store = Store.open(config)) {
      assertEquals(store.put(Key.of("k"), new byte[1]), store.status().head());
    }
  }

  @Test
  void aMemberThatDoesNotProveWhoItIsIsPassedOver() {
    try (Etcd good = Etcd.startTls(Certificates.server());
        Etcd bad = Etcd.startTls(Certificates.expired())) {
      String wrong = bad.endpoint().getAuthority();
      use(config(wrong + "," + good.endpoint().getAuthority()));
      StoreException.Unusable told =
          assertThrows(
              StoreException.Unusable.class, () -> Store.open(config(wrong + "," + wrong)).close());
      assertEquals(StoreException.Reason.ACCESS_DENIED, told.reason());
    }
  }

  @Test
  void c10aCommitWhoseAnswerCannotBeDecipheredIsFoundOut() throws Exception {
    try (Etcd etcd = Etcd.startTls(Certificates.server());
        Garbler garbler = new Garbler(etcd.endpoint().getPort());
        Store store = Store.open(config("127.0.0.1:" + garbler.port()))) {
      Position before = store.put(Key.of("k"), new byte[1]);
      garbler.garbleOne();
      Position put = store.put(Key.of("k"), new byte[2]);
      assertEquals(put, store.status().head());
      assertTrue(put.isAfter(before));
    }
  }

  /** A wire on which an answer is damaged. */
  private static final class Garbler implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final AtomicBoolean garbles = new AtomicBoolean();
    private final int server;

    Garbler(int server) throws IOException {
      this.server = server;
      new Thread(this::accept).start();
    }

    int port() {
      return listener.getLocalPort();
    }

    void garbleOne() {
      garbles.set(true);
    }

    private void accept() {
      try {
        while (true) {
          Socket client = listener.accept();
          Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
          new Thread(() -> pump(client, there, false)).start();
          new Thread(() -> pump(there, client, true)).start();
        }
      } catch (IOException e) {
        // The test is over.
      }
    }

    private void pump(Socket from, Socket to, boolean toClient) {
      byte[] bytes = new byte[1 << 16];
      try (from;
          to) {
        int read = from.getInputStream().read(bytes);
        while (read > 0) {
          if (toClient && garbles.getAndSet(false)) {
            bytes[read - 1] ^= 1;
          }
          to.getOutputStream().write(bytes, 0, read);
          read = from.getInputStream().read(bytes);
        }
      } catch (IOException e) {
        // One side has gone.
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
