package io.holdfast.store.etcd;

import com.google.common.util.concurrent.Uninterruptibles;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.AuthenticateResponse;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** The token that calls of a user carry; fetched when it is first needed and when it went stale. */
final class Login {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  /** What stands for a token where the server wants none. */
  private static final String NONE = "";

  /** Asks a member for a token. */
  interface Authentication {
    AuthenticateResponse ask(AuthenticateRequest request) throws EtcdFailure;
  }

  private final StoreConfig config;
  private final ReentrantLock asking = new ReentrantLock();
  private volatile String token;

  Login(StoreConfig config) {
    this.config = config;
    if (config.user().isEmpty()) {
      token = NONE;
    }
  }

  boolean isNeeded() {
    return token == null;
  }

  /** The token that calls carry now; null before the first login. */
  String token() {
    return token;
  }

  /** The channel with the token on each call. */
  Channel intercept(Channel channel) {
    String now = token;
    if (now == null || now.equals(NONE)) {
      return channel;
    }
    Metadata headers = new Metadata();
    headers.put(TOKEN, now);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** Forgets a token that was refused; another one that came meanwhile stays. */
  synchronized boolean forget(String refused) {
    if (config.user().isEmpty()) {
      return false;
    }
    if (refused != null && refused.equals(token)) {
      token = null;
    }
    return true;
  }

  /**
   * Gets a token unless there is one. One asks at a time, and who waits for that waits no longer
   * than for an answer: a member may say nothing, and each has a deadline of its own.
   *
   * @return whether there is a token now
   */
  boolean ensure(Authentication authentication, long nanos) throws EtcdFailure {
    if (!Uninterruptibles.tryLockUninterruptibly(asking, nanos, TimeUnit.NANOSECONDS)) {
      return false;
    }
    try {
      if (token == null) {
        token = ask(authentication);
      }
      return true;
    } finally {
      asking.unlock();
    }
  }

  private String ask(Authentication authentication) throws EtcdFailure {
    String password =
        config
            .password()
            .orElseThrow(
                () ->
                    new StoreException.Unusable(
                        Reason.ACCESS_DENIED,
                        config + ": the user has no password: give password-file or password-env",
                        null));
    AuthenticateRequest request =
        AuthenticateRequest.newBuilder()
            .setName(config.user().orElseThrow())
            .setPassword(password)
            .build();
    try {
      return authentication.ask(request).getToken();
    } catch (EtcdFailure e) {
      if (!isNotEnabled(e)) {
        throw e;
      }
      return NONE;
    }
  }

  private static boolean isNotEnabled(EtcdFailure failure) {
    return failure.getMessage().contains("authentication is not enabled");
  }
}
