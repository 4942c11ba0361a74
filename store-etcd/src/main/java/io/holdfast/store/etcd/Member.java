package io.holdfast.store.etcd;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;

/** One server of the cluster, and the connection to it, which is made when it is needed. */
final class Member {
  private final String place;
  private final ManagedChannel channel;

  /** Whether its version was looked at. */
  private volatile boolean checked;

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

  /**
   * Nothing was heard for too long: the connection may be dead without saying so. Calls under way
   * keep it, others get a new one.
   */
  void distrust() {
    channel.enterIdle();
  }

  void close() {
    channel.shutdownNow();
  }
}
