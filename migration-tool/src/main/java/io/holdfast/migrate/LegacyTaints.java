package io.holdfast.migrate;

import com.google.protobuf.ByteString;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.PublicKey;
import io.holdfast.migrate.LegacyReport.Dirt;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tainted roots as SPIRE 1.7.2 to 1.10.1 stored them: by listing their public keys in field 6.
 *
 * <p>That field holds the WIT keys today. So each listed key reads as a WIT key with nothing but
 * its bytes, which a later release would hand out as a key to trust, while its root no longer
 * counts as tainted. A genuine WIT key always has an id.
 */
final class LegacyTaints {
  private LegacyTaints() {}

  /** Marks the listed roots as tainted, drops the list, and reports both. */
  static Bundle putRight(Bundle bundle, LegacyRows row) throws SQLException {
    Set<ByteString> tainted = new HashSet<>();
    List<PublicKey> genuine = new ArrayList<>();
    for (PublicKey key : bundle.getWitSigningKeysList()) {
      if (isOfTaintedRoot(key)) {
        tainted.add(key.getPkixBytes());
      } else {
        genuine.add(key);
      }
    }
    if (tainted.isEmpty()) {
      return bundle;
    }
    Bundle.Builder right = bundle.toBuilder().clearWitSigningKeys().addAllWitSigningKeys(genuine);
    mark(right, tainted, row);
    return right.build();
  }

  private static boolean isOfTaintedRoot(PublicKey key) {
    return key.getKid().isEmpty()
        && !key.getPkixBytes().isEmpty()
        && key.getNotAfter() == 0
        && !key.getTaintedKey();
  }

  private static void mark(Bundle.Builder bundle, Set<ByteString> tainted, LegacyRows row)
      throws SQLException {
    List<Integer> roots = new ArrayList<>();
    Set<ByteString> left = new HashSet<>(tainted);
    for (int i = 0; i < bundle.getRootCasCount(); i++) {
      Set<ByteString> keys = publicKeys(bundle.getRootCas(i).getDerBytes());
      keys.retainAll(tainted);
      if (!keys.isEmpty()) {
        bundle.getRootCasBuilder(i).setTaintedKey(true);
        roots.add(i + 1);
        left.removeAll(keys);
      }
    }
    if (!roots.isEmpty()) {
      row.dirt(Dirt.OLD_TAINT, "of %d roots %s".formatted(bundle.getRootCasCount(), roots));
    }
    if (!left.isEmpty()) {
      row.dirt(Dirt.OLD_TAINT_OF_NO_ROOT, "%d of %d keys".formatted(left.size(), tainted.size()));
    }
  }

  /** The public keys of a root, which may be several certificates; none if it cannot be read. */
  private static Set<ByteString> publicKeys(ByteString der) {
    Set<ByteString> keys = new HashSet<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Certificate certificate : factory.generateCertificates(der.newInput())) {
        keys.add(ByteString.copyFrom(certificate.getPublicKey().getEncoded()));
      }
    } catch (CertificateException e) {
      return keys; // SPIRE keeps such roots, too.
    }
    return keys;
  }
}
