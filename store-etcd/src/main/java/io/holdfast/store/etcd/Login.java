package io.holdfast.store.etcd;

import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.AuthenticateResponse;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;

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

  /** Gets a token unless there is one. */
  synchronized void ensure(Authentication authentication) throws EtcdFailure {
    if (token != null) {
      return;
    }
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
      token = authentication.ask(request).getToken();
    } catch (EtcdFailure e) {
      if (!isNotEnabled(e)) {
        throw e;
      }
      token = NONE;
    }
  }

  private static boolean isNotEnabled(EtcdFailure failure) {
    return failure.getMessage().contains("authentication is not enabled");
  }
}
