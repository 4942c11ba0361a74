package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.spire.Authorization.Standing;
import java.time.Instant;

/**
 * What a node tells of its certificates, in one small object: with a million agents the time of an
 * answer is that of its fetches from memory.
 *
 * @param serial of the current one; empty if the agent is banned
 * @param notAfter when that ends, in seconds since 1970
 * @param newSerial of the one that was prepared; empty if there is none
 * @param newNotAfter when that ends
 */
record AgentCertificates(String serial, long notAfter, String newSerial, long newNotAfter) {

  static AgentCertificates of(AttestedNode node) {
    return new AgentCertificates(
        node.getCertSerialNumber(),
        node.getCertNotAfter(),
        node.getNewCertSerialNumber(),
        node.getNewCertNotAfter());
  }

  /** What an agent may do that presents a certificate. */
  Standing standing(String presented, Instant now) {
    if (serial.isEmpty()) {
      return Standing.BANNED;
    }
    if (serial.equals(presented)) {
      return hasEnded(notAfter, now) ? Standing.EXPIRED : Standing.ACTIVE;
    }
    if (!presented.isEmpty() && newSerial.equals(presented)) {
      return hasEnded(newNotAfter, now) ? Standing.EXPIRED : Standing.ACTIVE_NEW_SERIAL;
    }
    return hasEnded(notAfter, now) ? Standing.EXPIRED : Standing.SUPERSEDED_SERIAL;
  }

  private static boolean hasEnded(long notAfter, Instant now) {
    return now.isAfter(EpochSeconds.instant(notAfter));
  }
}
