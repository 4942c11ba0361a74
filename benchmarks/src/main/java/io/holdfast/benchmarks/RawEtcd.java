package io.holdfast.benchmarks;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Puts and watches with etcd's bare stubs, on a channel like the store's. */
final class RawEtcd implements AutoCloseable {
  private static final int KEYS = 100_000;
  private static final int PAGE = 1000;

  private final SingleThreadIoEventLoop loop =
      new SingleThreadIoEventLoop(
          null,
          new DefaultThreadFactory("holdfast-benchmark-etcd", true),
          NioIoHandler.newFactory());
  private final ManagedChannel channel;
  private final String prefix;

  /**
   * Connects.
   *
   * @param url like {@code http://127.0.0.1:2379/prefix/}
   */
  RawEtcd(String url) {
    URI uri = URI.create(url);
    prefix = uri.getPath();
    channel =
        NettyChannelBuilder.forAddress(uri.getHost(), uri.getPort())
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .offloadExecutor(loop)
            .disableRetry()
            .usePlaintext()
            .build();
  }

  /** Writes one of many small keys. */
  long put() throws Exception {
    put(ThreadLocalRandom.current().nextInt(KEYS), Upserts.value());
    return 1;
  }

  void put(long number, byte[] value) throws Exception {
    PutRequest request =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(prefix + number))
            .setValue(UnsafeByteOperations.unsafeWrap(value))
            .build();
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS);
    ClientCalls.futureUnaryCall(channel.newCall(KVGrpc.getPutMethod(), options), request).get();
  }

  /** Reads everything below the prefix, page by page, key and value. */
  void scan(Consumer<byte[]> values) throws Exception {
    ByteString from = ByteString.copyFromUtf8(prefix);
    ByteString end = ByteString.copyFromUtf8(prefix + "\uffff");
    boolean more = true;
    while (more) {
      RangeRequest request =
          RangeRequest.newBuilder().setKey(from).setRangeEnd(end).setLimit(PAGE).build();
      CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
      RangeResponse page =
          ClientCalls.futureUnaryCall(channel.newCall(KVGrpc.getRangeMethod(), options), request)
              .get();
      for (KeyValue found : page.getKvsList()) {
        values.accept(found.getValue().toByteArray());
        from = found.getKey().concat(ByteString.copyFrom(new byte[1]));
      }
      more = page.getMore();
    }
  }

  /** Gives each value that is put from now on to a consumer; returns when the watch is open. */
  void watch(Consumer<byte[]> values) throws Exception {
    CompletableFuture<Void> created = new CompletableFuture<>();
    StreamObserver<WatchRequest> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(WatchResponse response) {
                if (response.getCreated()) {
                  created.complete(null);
                }
                for (Event event : response.getEventsList()) {
                  values.accept(event.getKv().getValue().toByteArray());
                }
              }

              @Override
              public void onError(Throwable e) {
                created.completeExceptionally(e);
              }

              @Override
              public void onCompleted() {
                created.completeExceptionally(new IllegalStateException("the watch has ended"));
              }
            });
    requests.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(ByteString.copyFromUtf8(prefix))
                    .setRangeEnd(ByteString.copyFromUtf8(prefix + "\uffff")))
            .build());
    created.get(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
