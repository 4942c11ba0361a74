package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.Certificate;
import io.holdfast.datastore.proto.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What is left of a bundle when the roots and keys whose life ended at a time or before are gone. A
 * root goes with the first of its certificates that ends; a key whose end is 0 never ends.
 */
final class BundlePruning {
  private final Instant until;

  BundlePruning(Instant until) {
    this.until = until;
  }

  /** What is left; the same bundle if all of it is. */
  Bundle apply(Bundle bundle) {
    List<Certificate> roots = roots(bundle.getRootCasList());
    List<PublicKey> jwtKeys = keys(bundle.getJwtSigningKeysList(), "JWT");
    List<PublicKey> witKeys = keys(bundle.getWitSigningKeysList(), "WIT");
    boolean unchanged =
        roots.size() == bundle.getRootCasCount()
            && jwtKeys.size() == bundle.getJwtSigningKeysCount()
            && witKeys.size() == bundle.getWitSigningKeysCount();
    if (unchanged) {
      return bundle;
    }
    return bundle.toBuilder()
        .clearRootCas()
        .addAllRootCas(roots)
        .clearJwtSigningKeys()
        .addAllJwtSigningKeys(jwtKeys)
        .clearWitSigningKeys()
        .addAllWitSigningKeys(witKeys)
        .setSequenceNumber(bundle.getSequenceNumber() + 1)
        .build();
  }

  private List<Certificate> roots(List<Certificate> all) {
    List<Certificate> kept = new ArrayList<>();
    for (Certificate root : all) {
      if (!hasEnded(root)) {
        kept.add(root);
      }
    }
    if (kept.isEmpty()) {
      throw Refusal.unknown("prune failed: would prune all certificates");
    }
    return kept;
  }

  private boolean hasEnded(Certificate root) {
    try {
      for (X509Certificate certificate : Certificates.parseAll(root.getDerBytes())) {
        if (!certificate.getNotAfter().toInstant().isAfter(until)) {
          return true;
        }
      }
      return false;
    } catch (CertificateException e) {
      throw Refusal.unknown("prune failed: cannot parse certificates: " + e.getMessage());
    }
  }

  private List<PublicKey> keys(List<PublicKey> all, String kind) {
    List<PublicKey> kept = all.stream().filter(key -> !hasEnded(key)).toList();
    if (kept.isEmpty() && !all.isEmpty()) {
      throw Refusal.unknown("prune failed: would prune all " + kind + " signing keys");
    }
    return kept;
  }

  private boolean hasEnded(PublicKey key) {
    return key.getNotAfter() != 0 && !EpochSeconds.instant(key.getNotAfter()).isAfter(until);
  }
}
