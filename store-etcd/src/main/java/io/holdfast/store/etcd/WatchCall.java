package io.holdfast.store.etcd;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One call of etcd's watch on one member. A few messages are asked for ahead, and as many again
 * when half of them were taken: a slow consumer slows the server's reading of its own history and
 * nobody else, and a quick one does not wait for what it asks.
 */
final class WatchCall implements AutoCloseable {
  /** Asks the member to end the call when it has lost the leader. */
  private static final Metadata.Key<String> REQUIRE_LEADER =
      Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

  /**
   * Of a call that another thread's {@link Member#distrust} came between: it began on a channel
   * that had a connection, and gRPC refused to start it since by then the channel had become idle.
   */
  static final Status NOT_STARTED =
      Status.UNAVAILABLE.withDescription("the connection was given up just then");

  private static final int AHEAD = 4;

  /** Is in the inbox to wake who waits there, and is nothing to be told. */
  private static final Object NUDGE = new Object();

  private final Member member;
  private final String token;
  private final ClientCall<WatchRequest, WatchResponse> call;
  private final BlockingQueue<Object> inbox = new LinkedBlockingQueue<>();
  private int taken;

  /** Opens a watch of all entries and the guard from a revision on. */
  WatchCall(Member member, Login login, Layout layout, long startRevision) {
    this.member = member;
    this.token = login.token();
    this.call =
        login.intercept(member.channel()).newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT);
    Metadata headers = new Metadata();
    headers.put(REQUIRE_LEADER, "true");
    try {
      call.start(new Listener(), headers);
      call.request(AHEAD);
      call.sendMessage(request(layout, startRevision));
    } catch (IllegalStateException e) {
      inbox.add(NOT_STARTED); // the member was distrusted just now
    }
  }

  private static WatchRequest request(Layout layout, long startRevision) {
    UnknownFieldSet fragment =
        UnknownFieldSet.newBuilder()
            .addField(
                Assembler.FRAGMENT_OF_REQUEST,
                UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    WatchCreateRequest create =
        WatchCreateRequest.newBuilder()
            .setKey(layout.watched())
            .setRangeEnd(layout.watchedEnd())
            .setStartRevision(startRevision)
            .setUnknownFields(fragment)
            .build();
    return WatchRequest.newBuilder().setCreateRequest(create).build();
  }

  Member member() {
    return member;
  }

  /**
   * The next message, or null when the time passed or somebody nudged.
   *
   * @throws EtcdFailure when the call has ended, however it did
   */
  WatchResponse poll(long nanos) throws EtcdFailure, InterruptedException {
    Object next = inbox.poll(nanos, TimeUnit.NANOSECONDS);
    if (next instanceof Status status) {
      inbox.add(status);
      throw failure(status);
    }
    if (next == NUDGE) {
      return null;
    }
    if (next != null && ++taken == AHEAD / 2) {
      call.request(taken);
      taken = 0;
    }
    return (WatchResponse) next;
  }

  /** Ends one wait for the next message. */
  void nudge() {
    inbox.add(NUDGE);
  }

  /** A failure of this call. */
  EtcdFailure failure(Status status) {
    return new EtcdFailure(
        status.isOk() ? Status.UNAVAILABLE.withDescription("the member ended the watch") : status,
        member.place(),
        true,
        token);
  }

  @Override
  public void close() {
    call.cancel("the watch was closed", null);
    inbox.add(Status.CANCELLED);
  }

  private final class Listener extends ClientCall.Listener<WatchResponse> {
    @Override
    public void onMessage(WatchResponse message) {
      inbox.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      inbox.add(status);
    }
  }
}
