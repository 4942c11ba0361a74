package io.holdfast.store.etcd;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One server of the cluster, as a handle calls it. */
final class Member {
  private final String place;
  private final ManagedChannel channel;

  /** Whether its version was looked at. */
  private volatile boolean checked;

  /** When it answered last, by {@link System#nanoTime}. */
  private volatile long answered = System.nanoTime();

  private volatile boolean misconfigured;

  private final Set<Call<?, ?>> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Member(String place, ManagedChannel channel) {
    this.place = place;
    this.channel = channel;
  }

  /** Host and port, for messages. */
  String place() {
    return place;
  }

  /** The connection; what could not connect a moment ago tries again now. */
  ManagedChannel channel() {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.resetConnectBackoff();
    }
    return channel;
  }

  boolean isChecked() {
    return checked;
  }

  void setChecked() {
    checked = true;
  }

  void setAnswered() {
    answered = System.nanoTime();
    misconfigured = false;
  }

  void setMisconfigured() {
    misconfigured = true;
  }

  /** Whether there was no TLS connection when it was last tried. */
  boolean isMisconfigured() {
    return misconfigured;
  }

  /** Whether it has answered anybody since then: what is slow is one question, not the member. */
  boolean hasAnsweredSince(long nanoTime) {
    return answered - nanoTime > 0;
  }

  /**
   * Nothing was heard for too long: the connection may be dead without saying so. Calls under way
   * keep it, others get a new one. Who begins a call at this moment may be refused, unsent ({@link
   * WatchCall#NOT_STARTED}).
   */
  void distrust() {
    channel.enterIdle();
  }

  /** A call has begun; it is cancelled when the handle is closed before the call has ended. */
  void began(Call<?, ?> call) {
    underWay.add(call);
    if (closed) {
      call.cancel();
    }
  }

  void ended(Call<?, ?> call) {
    underWay.remove(call);
  }

  /** Cancels what is under way; others may go on using the connection. */
  void close() {
    closed = true;
    underWay.forEach(Call::cancel);
  }
}
