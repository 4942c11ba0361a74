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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * The connections to a cluster's members, and the one thread that serves them all; only names are
 * looked up by others. Handles of one process that name the same members share them, so that many
 * stores cost no more connections than one. With TLS each handle has its own, since it reads the
 * certificates when it is opened.
 */
final class Transport implements AutoCloseable {
  private static final Map<Use, Transport> SHARED = new HashMap<>();

  /** Servers refuse pings that come more often than each 5 s. */
  private static final int PING_SECONDS = 10;

  private static final int PING_ANSWER_SECONDS = 4;

  private static final int LOOKUP_IDLE_SECONDS = 1;

  private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|.*:.*");

  /**
   * The least that there is: a connection that goes on with the session of an earlier one does not
   * look at the certificate, which may have expired since.
   */
  private static final int SESSION_SECONDS = 1;

  /**
   * How much a member may send ahead, for each call. That it is given spares a ping for each answer
   * by which gRPC would find it out.
   */
  private static final int WINDOW_BYTES = 4 << 20;

  /**
   * What handles must have in common to share.
   *
   * @param members where they listen
   * @param inboundBytesMax how large an answer may be
   */
  private record Use(List<InetSocketAddress> members, int inboundBytesMax) {
    static Use of(EtcdSettings settings) {
      return new Use(settings.members(), settings.inboundBytesMax());
    }
  }

  private final SslContext tls;
  private final SingleThreadIoEventLoop loop;

  /** Looks names up, which may take long; its threads end when there is nothing to look up. */
  private final ThreadPoolExecutor names;

  private final Use use;
  private final List<ManagedChannel> channels;

  /** How many handles use it; guarded by all of them. */
  private int users;

  private Transport(EtcdSettings settings) {
    tls = settings.tls() ? context(settings.config()) : null;
    // Holds open files from now on, so it is made when nothing is wrong with the options.
    loop =
        new SingleThreadIoEventLoop(
            null, new DefaultThreadFactory("holdfast-etcd-io", true), NioIoHandler.newFactory());
    use = Use.of(settings);
    names = lookups(use.members().size());
    channels = use.members().stream().map(this::connect).toList();
  }

  /** One thread for each member at most, so that no name keeps another one waiting. */
  private static ThreadPoolExecutor lookups(int most) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            most,
            most,
            LOOKUP_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("holdfast-etcd-names", true),
            new ThreadPoolExecutor.DiscardPolicy()); // of closed connections
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  /** Where a member's name is looked up: an address is none, and needs no thread for it. */
  private Executor lookup(InetSocketAddress member) {
    return ADDRESS.matcher(member.getHostString()).matches() ? loop : names;
  }

  /** The connections for one more handle, which closes them when it is closed. */
  static Transport of(EtcdSettings settings) {
    synchronized (SHARED) {
      Transport transport =
          settings.tls()
              ? new Transport(settings)
              : SHARED.computeIfAbsent(Use.of(settings), same -> new Transport(settings));
      transport.users++;
      return transport;
    }
  }

  /** The connection to a member; opened by its first call. */
  ManagedChannel channel(int member) {
    return channels.get(member);
  }

  private static SslContext context(StoreConfig config) {
    SslContextBuilder builder = GrpcSslContexts.forClient().sessionTimeout(SESSION_SECONDS);
    Optional<File> authority = file(config, "tls-ca");
    Optional<File> certificate = file(config, "tls-cert");
    Optional<File> key = file(config, "tls-key");
    try {
      authority.ifPresent(builder::trustManager);
      certificate.ifPresent(file -> builder.keyManager(file, key.orElseThrow()));
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
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

  private ManagedChannel connect(InetSocketAddress member) {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(member.getHostString(), member.getPort())
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .offloadExecutor(lookup(member))
            .disableRetry()
            .flowControlWindow(WINDOW_BYTES)
            .maxInboundMessageSize(use.inboundBytesMax())
            .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(PING_ANSWER_SECONDS, TimeUnit.SECONDS);
    return tls == null
        ? builder.usePlaintext().build()
        : builder.negotiationType(NegotiationType.TLS).sslContext(tls).build();
  }

  /** Ends the connections when nobody uses them any more. */
  @Override
  public void close() {
    synchronized (SHARED) {
      users--;
      if (users > 0) {
        return;
      }
      SHARED.remove(use, this);
    }
    channels.forEach(ManagedChannel::shutdownNow);
    names.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
