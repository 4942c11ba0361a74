package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.Certificate;
import io.holdfast.store.Store;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Roots that are no certificates, told in the words that SPIRE's own tests expect. */
final class CertificatesTest {
  private static final String TRUST_DOMAIN = "spiffe://a.test";

  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private final Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
  private final Bundles bundles = SpireDatastore.of(datastore).bundles();

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private void setRoot(String bytes) {
    Certificate root = Certificate.newBuilder().setDerBytes(ByteString.copyFromUtf8(bytes)).build();
    bundles.set(Bundle.newBuilder().setTrustDomainId(TRUST_DOMAIN).addRootCas(root).build());
  }

  private static void assertRefused(Code code, String message, Executable call) {
    DatastoreException refusal = assertThrows(DatastoreException.class, call);
    assertEquals(code, refusal.code());
    assertEquals(message, refusal.getMessage());
  }

  @Test
  void bytesThatAreNoCertificateAreMalformed() {
    for (String bytes : new String[] {"bar", "", "0", "0\u0005a"}) {
      setRoot(bytes);
      assertRefused(
          Code.INTERNAL,
          "failed to parse rootCA: x509: malformed certificate",
          () -> bundles.taintX509(TRUST_DOMAIN, "foo"));
      assertRefused(
          Code.INTERNAL,
          "failed to parse root CA: x509: malformed certificate",
          () -> bundles.revokeX509(TRUST_DOMAIN, "foo"));
    }
  }

  @Test
  void aPruneThatMeetsThemSaysSoToo() {
    setRoot("bar");
    assertRefused(
        Code.UNKNOWN,
        "prune failed: cannot parse certificates: x509: malformed certificate",
        () -> bundles.prune(TRUST_DOMAIN, Instant.EPOCH));
  }

  @Test
  void moreThanOneElementIsTrailingData() {
    setRoot("0\u0000bar");
    assertRefused(
        Code.INTERNAL,
        "failed to parse rootCA: x509: trailing data",
        () -> bundles.taintX509(TRUST_DOMAIN, "foo"));
  }
}
