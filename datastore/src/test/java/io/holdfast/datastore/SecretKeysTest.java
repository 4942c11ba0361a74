package io.holdfast.datastore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A join token is its own key; what goes wrong with one must not tell it to the log. */
final class SecretKeysTest {
  private static final String TOKEN = "4711-is-the-secret";

  private final TappedBackend backend = new TappedBackend();
  private final Store store = Store.over(backend, Duration.ofSeconds(10));
  private final Datastore datastore = open(Duration.ofSeconds(10));

  private Datastore open(Duration timeout) {
    return Datastore.builder(store).types(SpireTypes.all()).timeout(timeout).open();
  }

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private <T extends StoreException> T refused(Class<T> kind, String token) {
    return refused(kind, datastore, token);
  }

  private static <T extends StoreException> T refused(
      Class<T> kind, Datastore datastore, String token) {
    JoinToken item = JoinToken.newBuilder().setToken(token).build();
    T refused = Hurried.refused(kind, () -> datastore.items(SpireTypes.JOIN_TOKEN).create(item));
    StringWriter trace = new StringWriter();
    refused.printStackTrace(new PrintWriter(trace));
    assertFalse(trace.toString().contains(TOKEN), trace.toString());
    assertTrue(refused.getMessage().contains("secret"), refused.getMessage());
    return refused;
  }

  /** The backend refuses the commit with a message that names its keys. */
  private static Consumer<CommitRequest> refusing(Function<String, StoreException> kind) {
    return request -> {
      throw kind.apply("about " + request.mutations() + request.conditions());
    };
  }

  @Test
  void aConflictDoesNotNameTheToken() {
    Revision waitFor = new Revision(1);
    backend.beforeCommit = refusing(about -> new StoreException.Conflict(about, waitFor));
    try (Datastore hurried = open(Duration.ofSeconds(1))) { // which it tries again for
      var refused = refused(StoreException.Conflict.class, hurried, TOKEN);
      assertEquals(waitFor, refused.waitFor());
    }
  }

  @Test
  void aTimeoutDoesNotNameTheToken() {
    backend.beforeCommit = refusing(StoreException.Timeout::new);
    refused(StoreException.Timeout.class, TOKEN);
  }

  @Test
  void anUnknownOutcomeDoesNotNameTheToken() {
    backend.beforeCommit =
        refusing(about -> new StoreException.UnknownOutcome(about, new RuntimeException(about)));
    refused(StoreException.UnknownOutcome.class, TOKEN);
  }

  @Test
  void aLimitDoesNotNameTheToken() {
    refused(StoreException.LimitExceeded.class, TOKEN.repeat(300_000));
  }

  @Test
  void otherItemsAreNamed() {
    backend.beforeCommit = refusing(about -> new StoreException.Timeout(about));
    StoreException.Timeout refused =
        assertThrows(
            StoreException.Timeout.class,
            () -> datastore.write(tx -> tx.put(SpireTypes.FEDERATION, federation("td.example"))));
    assertTrue(refused.getMessage().contains("td.example"), refused.getMessage());
  }

  private static io.holdfast.datastore.proto.FederationRelationship federation(String domain) {
    return io.holdfast.datastore.proto.FederationRelationship.newBuilder()
        .setTrustDomain(domain)
        .build();
  }
}
