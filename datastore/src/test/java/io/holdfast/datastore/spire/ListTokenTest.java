package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.DatastoreException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ListTokenTest {
  private static final ListToken TOKEN = new ListToken(new CreationOrder(1, 99, 3), "spiffe://a");

  @Test
  void comesBackAsItWas() {
    String text = TOKEN.encode(SpireTypes.BUNDLE);
    assertEquals(Optional.of(TOKEN), ListToken.decode(SpireTypes.BUNDLE, text));
  }

  @Test
  void belongsToOneList() {
    assertRefused(TOKEN.encode(SpireTypes.NODE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "00"})
  void theBeginningHasSeveralForms(String token) {
    assertEquals(Optional.empty(), ListToken.decode(SpireTypes.BUNDLE, token));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "4294967296", "9223372036854775808", "18446744073709551615"})
  void aNumberIsTheEnd(String token) {
    assertEquals(Optional.of(ListToken.END), ListToken.decode(SpireTypes.BUNDLE, token));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"18446744073709551616", "-1", "+1", " 1", "0x1", "1.5", "١", "bad", "AAAA", "é"})
  void anythingElseIsRefused(String token) {
    assertRefused(token);
  }

  private static void assertRefused(String token) {
    var refusal =
        assertThrows(DatastoreException.class, () -> ListToken.decode(SpireTypes.BUNDLE, token));
    assertEquals(DatastoreException.Code.INVALID_ARGUMENT, refusal.code());
    assertEquals("could not parse token '" + token + "'", refusal.getMessage());
  }
}
