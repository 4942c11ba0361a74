package io.holdfast.datastore;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.datastore.proto.ReplicaHolder;
import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Transaction;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mark in a store that says who holds it. Every commit of the holder expects the mark as it
 * wrote it, so whoever lost it can write no more. A thread lets a second key beat: whoever wants
 * the store watches that for the time of a lease. No clocks are compared.
 */
final class ReplicaGuard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
  private static final int BEATS_IN_A_LEASE = 5;

  private final Store store;
  private final String source;
  private final String holder;
  private final boolean renewed;
  private final Revision mark;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread beats;

  /** What a beat was told, and the holder was not yet; null: nothing. */
  private volatile StoreException.Diverged diverged;

  private ReplicaGuard(
      Store store, String source, String holder, boolean renewed, Revision mark, Duration lease) {
    this.store = store;
    this.source = source;
    this.holder = holder;
    this.renewed = renewed;
    this.mark = mark;
    this.beats = new Thread(() -> beat(lease.dividedBy(BEATS_IN_A_LEASE)), "holdfast-replica");
    beats.setDaemon(true);
    beats.start();
  }

  static ReplicaGuard take(Store store, String source, Duration lease, boolean takeOver) {
    Optional<KeyValue> found = store.get(StoreInfo.REPLICA_HOLDER);
    if (!takeOver) {
      found = found.map(mark -> isFree(mark) ? mark : awaitSilence(store, mark, lease));
    }
    String holder = UUID.randomUUID().toString();
    try (Transaction tx = store.begin()) {
      found.ifPresentOrElse(
          mark -> tx.expect(StoreInfo.REPLICA_HOLDER, mark.modified()),
          () -> tx.expectAbsent(StoreInfo.REPLICA_HOLDER));
      tx.put(StoreInfo.REPLICA_HOLDER, mark(source, holder));
      Revision mark = tx.commit().revision();
      return new ReplicaGuard(store, source, holder, found.isPresent(), mark, lease);
    } catch (StoreException.Conflict e) {
      throw held(e);
    }
  }

  /** Whose records a store is kept equal to, or was. */
  static Optional<String> sourceOf(Store store) {
    return store.get(StoreInfo.REPLICA_HOLDER).map(mark -> parse(mark).getSource());
  }

  private static boolean isFree(KeyValue mark) {
    return parse(mark).getHolder().isEmpty();
  }

  /** The mark behind which nobody is any more: the same, or that of a holder who went meanwhile. */
  private static KeyValue awaitSilence(Store store, KeyValue mark, Duration lease) {
    Deadline deadline = Deadline.after(lease);
    Backoff backoff = Backoff.between(lease.dividedBy(20), lease.dividedBy(10));
    Optional<Revision> beat = revision(store);
    while (!deadline.hasPassed()) {
      backoff.pause("waiting for the holder of the store to be silent", deadline);
      KeyValue now = store.get(StoreInfo.REPLICA_HOLDER).orElseThrow(() -> held(null));
      if (isFree(now)) {
        return now;
      }
      if (!now.modified().equals(mark.modified()) || !revision(store).equals(beat)) {
        throw held(null);
      }
    }
    return mark;
  }

  private static Optional<Revision> revision(Store store) {
    return store.get(StoreInfo.REPLICA_BEAT).map(KeyValue::modified);
  }

  private static ReplicaHeldException held(Throwable cause) {
    return new ReplicaHeldException(
        "another process keeps this store in step with its source; only one may", cause);
  }

  private static byte[] mark(String source, String holder) {
    return ReplicaHolder.newBuilder().setSource(source).setHolder(holder).build().toByteArray();
  }

  private static ReplicaHolder parse(KeyValue mark) {
    try {
      return ReplicaHolder.parseFrom(mark.valueBuffer());
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException.Unusable(
          Reason.DAMAGED, "the store's " + mark.key() + " cannot be read", e);
    }
  }

  /** Whether the store was marked before, by whomever. */
  boolean wasMarked() {
    return renewed;
  }

  /** Lets a transaction commit only while the mark stands. */
  void guard(Transaction tx) {
    tx.expect(StoreInfo.REPLICA_HOLDER, mark);
  }

  private boolean isHeld() {
    return store
        .get(StoreInfo.REPLICA_HOLDER)
        .map(now -> parse(now).getHolder().equals(holder))
        .orElse(false);
  }

  /** Throws if somebody else has the store now. */
  void requireHeld(Throwable cause) {
    if (!isHeld()) {
      throw new ReplicaHeldException(
          "another process has taken this store over: nothing more is written here", cause);
    }
  }

  /** Throws, once, if the store has lost commits, of which so far only a beat was told. */
  void requireSameHistory() {
    StoreException.Diverged told = diverged;
    if (told != null) {
      diverged = null;
      throw told;
    }
  }

  private void beat(Duration interval) {
    try {
      for (long count = 1; !closed.await(interval.toMillis(), TimeUnit.MILLISECONDS); count++) {
        if (!beat(count)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean beat(long count) {
    try (Transaction tx = store.begin()) {
      guard(tx);
      tx.put(StoreInfo.REPLICA_BEAT, ByteBuffer.allocate(Long.BYTES).putLong(count).array());
      tx.commit();
      return true;
    } catch (StoreException.Conflict e) {
      return isHeldAsFarAsKnown(); // If not, the next commit of a change tells.
    } catch (StoreException.Closed e) {
      return false;
    } catch (StoreException.Diverged e) {
      diverged = e; // A store tells that once.
      return true;
    } catch (StoreException e) {
      return true; // Who cannot reach the store for long is taken for dead, and can do no harm.
    } catch (RuntimeException | Error e) {
      LOG.warn("A replica's sign of life failed by a defect; the next one is tried", e);
      return true;
    }
  }

  private boolean isHeldAsFarAsKnown() {
    try {
      return isHeld();
    } catch (StoreException e) {
      return true;
    }
  }

  /** Ends the beats, and gives the store free if it can be reached. */
  @Override
  public void close() {
    closed.countDown();
    try {
      beats.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    try (Transaction tx = store.begin()) {
      guard(tx);
      tx.put(StoreInfo.REPLICA_HOLDER, mark(source, ""));
      tx.commit();
    } catch (StoreException e) {
      return; // Then the next one waits for the time of a lease.
    }
  }
}
