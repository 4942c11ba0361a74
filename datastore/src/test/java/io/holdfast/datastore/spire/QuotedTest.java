package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Federation.Relationship;
import io.holdfast.store.Store;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuotedTest {
  /** What Go's %q makes of a code point, as it was printed by Go. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "20, ` `",
        "41, A",
        "22, \\\"",
        "27, '",
        "5c, \\\\",
        "0, \\x00",
        "7, \\a",
        "8, \\b",
        "9, \\t",
        "a, \\n",
        "b, \\v",
        "c, \\f",
        "d, \\r",
        "1f, \\x1f",
        "7f, \\x7f",
        "80, \\u0080",
        "a0, \\u00a0",
        "ad, \\u00ad",
        "e9, \u00e9",
        "301, \u0301",
        "378, \\u0378",
        "200b, \\u200b",
        "2028, \\u2028",
        "3000, \\u3000",
        "e000, \\ue000",
        "feff, \\ufeff",
        "fffd, \ufffd",
        "1f60a, \ud83d\ude0a",
        "e0001, \\U000e0001"
      })
  void eachKindOfCharacter(String codePoint, String expected) {
    String text = Character.toString(Integer.parseInt(codePoint, 16));
    assertEquals("\"x" + expected + "y\"", Quoted.of("x" + text + "y"));
  }

  @Test
  void refusalsQuoteWhatWasGiven() {
    try (Store store = Store.open("memory:" + UUID.randomUUID());
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      SpireDatastore spire = SpireDatastore.of(datastore);
      RegistrationEntry entry =
          RegistrationEntry.newBuilder()
              .setSpiffeId("spiffe://td/a")
              .addSelectors(Selector.newBuilder().setType("unix").setValue("uid:1"))
              .addFederatesWith("a\"b\n")
              .build();
      assertRefused(
          "unable to find federated bundle \"a\\\"b\\n\"", () -> spire.entries().create(entry));
      FederationRelationship relationship =
          FederationRelationship.newBuilder()
              .setTrustDomain("a.test")
              .setBundleEndpointUrl("https://a.test")
              .setBundleEndpointProfile("https\\web")
              .build();
      assertRefused(
          "unknown bundle endpoint profile type: \"https\\\\web\"",
          () -> spire.federation().create(new Relationship(relationship, null)));
    }
  }

  private static void assertRefused(String text, Executable call) {
    assertEquals(text, assertThrows(DatastoreException.class, call).getMessage());
  }
}
