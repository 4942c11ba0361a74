package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SpiffeIdTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://example.org",
        "spiffe://example.org/a",
        "spiffe://example.org/A.b-c_9/..."
      })
  void idsBelongToTheirTrustDomain(String id) {
    assertEquals("example.org", SpiffeId.trustDomainOf(id));
    assertTrue(SpiffeId.isMember(id, "example.org"));
    assertFalse(SpiffeId.isMember(id, "example"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spiffe://",
        "spiffe:///a",
        "SPIFFE://example.org/a",
        "https://example.org",
        "spiffe:/example.org",
        "spiffe://Example.org/a",
        "spiffe://example.org/",
        "spiffe://example.org/a/",
        "spiffe://example.org//a",
        "spiffe://example.org/.",
        "spiffe://example.org/a/../b",
        "spiffe://example.org/pärent",
        "spiffe://example.org/a%20b",
        "spiffe://example.org?q=1#f",
        "spiffe://example.org:80/a"
      })
  void otherTextsBelongToNone(String text) {
    assertNull(SpiffeId.trustDomainOf(text));
    assertFalse(SpiffeId.isMember(text, "example.org"));
  }

  @Test
  void aLongerNameIsAnotherTrustDomain() {
    assertFalse(SpiffeId.isMember("spiffe://example.org.uk/a", "example.org"));
  }
}
