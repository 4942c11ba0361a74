package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.JOIN_TOKEN;
import static io.holdfast.datastore.spire.SpireTypes.JOIN_TOKEN_EXPIRY;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.JoinToken;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The secrets that let one agent each attest. Of several who delete one, one succeeds; the others
 * are told that there is none. Reads are linearizable.
 */
public final class JoinTokens {
  private static final int PRUNED_AT_ONCE = 2_000;

  private final Datastore datastore;

  JoinTokens(Datastore datastore) {
    this.datastore = datastore;
  }

  /**
   * Creates a token.
   *
   * @param token the secret; must not be empty
   * @param expiry end of its life, kept in whole seconds; must not be {@link
   *     SpireDatastore#NO_TIME}
   */
  public void create(String token, Instant expiry) {
    if (token.isEmpty() || expiry.equals(SpireDatastore.NO_TIME)) {
      throw Refusal.unknown("token and expiry are required");
    }
    JoinToken created =
        JoinToken.newBuilder().setToken(token).setExpiry(expiry.getEpochSecond()).build();
    datastore.write(
        tx -> {
          if (tx.get(JOIN_TOKEN, token).isPresent()) {
            throw Refusal.exists("the join token");
          }
          tx.create(JOIN_TOKEN, created);
        });
  }

  /** The token, whether or not its life has ended. */
  public Optional<JoinToken> fetch(String token) {
    return datastore.at(Freshness.LINEARIZABLE).get(JOIN_TOKEN, token);
  }

  /** Deletes a token; {@code NOT_FOUND} if it is not there, or not any more. */
  public void delete(String token) {
    datastore.write(
        tx -> {
          if (tx.get(JOIN_TOKEN, token).isEmpty()) {
            throw Refusal.notFound();
          }
          tx.delete(JOIN_TOKEN, token);
        });
  }

  /** Deletes the tokens whose life ended before a time, in whole seconds. */
  public void prune(Instant expiresBefore) {
    var ended = Expiry.before(JOIN_TOKEN, JOIN_TOKEN_EXPIRY, expiresBefore.getEpochSecond());
    Batches.run(
        datastore,
        PRUNED_AT_ONCE,
        (tx, most) -> {
          List<JoinToken> tokens = Expiry.first(tx.view(), ended, most);
          tokens.forEach(token -> tx.delete(JOIN_TOKEN, token.getToken()));
          return tokens.size();
        });
  }
}
