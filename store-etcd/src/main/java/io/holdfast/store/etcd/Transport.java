package io.holdfast.store.etcd;

import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/** The connections of one handle, and the one thread that serves them all. */
final class Transport implements AutoCloseable {
  /** A page may be much larger than it should be, before its size is known. */
  static final int INBOUND_BYTES_MAX = 64 << 20;

  /** Servers refuse pings that come more often than each 5 s. */
  private static final int PING_SECONDS = 10;

  private static final int PING_ANSWER_SECONDS = 4;

  private final SingleThreadIoEventLoop loop =
      new SingleThreadIoEventLoop(
          null, new DefaultThreadFactory("holdfast-etcd-io", true), NioIoHandler.newFactory());
  private final SslContext tls;

  Transport(EtcdSettings settings) {
    tls = settings.tls() ? context(settings.config()) : null;
  }

  private static SslContext context(StoreConfig config) {
    SslContextBuilder builder = GrpcSslContexts.forClient();
    file(config, "tls-ca").ifPresent(builder::trustManager);
    Optional<File> certificate = file(config, "tls-cert");
    if (certificate.isPresent()) {
      builder.keyManager(certificate.get(), file(config, "tls-key").orElseThrow());
    }
    try {
      return builder.build();
    } catch (SSLException e) {
      throw unreadable(config, e);
    }
  }

  private static Optional<File> file(StoreConfig config, String option) {
    Optional<File> file = config.option(option).map(File::new);
    if (file.isPresent() && !file.get().canRead()) {
      throw new StoreException.Unusable(
          Reason.NOT_FOUND, config + ": option " + option + ": cannot read " + file.get(), null);
    }
    return file;
  }

  private static StoreException unreadable(StoreConfig config, Exception cause) {
    return new StoreException.Unusable(
        Reason.URL, config + ": options tls-*: not a certificate or key in PEM form", cause);
  }

  /** A connection that is opened by its first call. */
  ManagedChannel connect(InetSocketAddress member) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(member.getHostString(), member.getPort())
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .offloadExecutor(loop)
            .disableRetry()
            .maxInboundMessageSize(INBOUND_BYTES_MAX)
            .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(PING_ANSWER_SECONDS, TimeUnit.SECONDS);
    return tls == null
        ? builder.usePlaintext().build()
        : builder.negotiationType(NegotiationType.TLS).sslContext(tls).build();
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
