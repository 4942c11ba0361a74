package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.PublicKey;

/** Taints and revokes the JWT key of a bundle that has a key id. */
final class JwtKeys {
  private JwtKeys() {}

  /** The place of the one untainted key with an id. */
  static int toTaint(Bundle bundle, String keyId) {
    int found = -1;
    for (int i = 0; i < bundle.getJwtSigningKeysCount(); i++) {
      PublicKey key = bundle.getJwtSigningKeys(i);
      if (key.getKid().equals(keyId)) {
        if (key.getTaintedKey()) {
          throw Refusal.invalid("key is already tainted");
        }
        if (found >= 0) {
          throw Refusal.internal("another JWT Key found with the same KeyID", null);
        }
        found = i;
      }
    }
    return checkFound(found);
  }

  /** The place of the one tainted key with an id. */
  static int toRevoke(Bundle bundle, String keyId) {
    int found = -1;
    for (int i = 0; i < bundle.getJwtSigningKeysCount(); i++) {
      PublicKey key = bundle.getJwtSigningKeys(i);
      if (key.getKid().equals(keyId)) {
        if (found >= 0) {
          throw Refusal.internal("another key found with the same KeyID", null);
        }
        if (!key.getTaintedKey()) {
          throw Refusal.invalid("it is not possible to revoke an untainted key");
        }
        found = i;
      }
    }
    return checkFound(found);
  }

  private static int checkFound(int found) {
    if (found < 0) {
      throw Refusal.notFound("no JWT Key found with provided key ID");
    }
    return found;
  }
}
