package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.Certificate;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;

/** Taints and revokes the X.509 roots of a bundle that have a subject key id. */
final class Roots {
  private Roots() {}

  /** The bundle with all matching roots tainted, and a higher sequence number. */
  static Bundle taint(Bundle bundle, String subjectKeyId) {
    List<Certificate> roots = new ArrayList<>();
    boolean found = false;
    for (Certificate root : bundle.getRootCasList()) {
      boolean matches = matches(root, subjectKeyId, "failed to parse rootCA: ");
      if (matches && root.getTaintedKey()) {
        throw Refusal.invalid("root CA is already tainted");
      }
      found |= matches;
      roots.add(matches ? root.toBuilder().setTaintedKey(true).build() : root);
    }
    if (!found) {
      throw Refusal.notFound("no ca found with provided subject key ID");
    }
    return withRoots(bundle, roots);
  }

  /** The bundle without the matching roots, which must be tainted, and a higher sequence number. */
  static Bundle revoke(Bundle bundle, String subjectKeyId) {
    List<Certificate> roots = new ArrayList<>();
    for (Certificate root : bundle.getRootCasList()) {
      if (!matches(root, subjectKeyId, "failed to parse root CA: ")) {
        roots.add(root);
      } else if (!root.getTaintedKey()) {
        throw Refusal.invalid("it is not possible to revoke an untainted root CA");
      }
    }
    if (roots.size() == bundle.getRootCasCount()) {
      throw Refusal.notFound("no root CA found with provided subject key ID");
    }
    return withRoots(bundle, roots);
  }

  private static boolean matches(Certificate root, String subjectKeyId, String failure) {
    try {
      var certificate = Certificates.parseOne(root.getDerBytes());
      return Certificates.subjectKeyId(certificate).equals(subjectKeyId);
    } catch (CertificateException e) {
      throw Refusal.internal(failure + e.getMessage(), e);
    }
  }

  private static Bundle withRoots(Bundle bundle, List<Certificate> roots) {
    return bundle.toBuilder()
        .clearRootCas()
        .addAllRootCas(roots)
        .setSequenceNumber(bundle.getSequenceNumber() + 1)
        .build();
  }
}
