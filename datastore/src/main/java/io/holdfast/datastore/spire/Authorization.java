package io.holdfast.datastore.spire;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.Memo;
import io.holdfast.datastore.Reads;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.RegistrationEntry;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * SPIRE's two questions about an agent, answered from memory: may it act, and to which entries is
 * it entitled.
 *
 * <p>Each answer is what one {@link View} says, so it is never made of two commits. What an agent
 * is entitled to is computed when it is first asked for, and again when something has changed that
 * it came from. Safe for use by many threads.
 */
public final class Authorization {
  /** Whether an agent may act. */
  public enum Standing {
    /** It may, with its current certificate. */
    ACTIVE,
    /** It may, with the certificate that was prepared for it, which is now to become current. */
    ACTIVE_NEW_SERIAL,
    /** The certificate is neither its current one nor the prepared one. */
    SUPERSEDED_SERIAL,
    /** It has been banned. */
    BANNED,
    /** The life of its certificate has ended. */
    EXPIRED,
    /** No such agent has attested. */
    UNKNOWN
  }

  private final Datastore datastore;
  private final String trustDomain;
  private final Memo<AttestedNode, AgentCertificates> certificates;
  private final Memo<AttestedNode, List<RegistrationEntry>> entitled;

  private Authorization(Datastore datastore, String trustDomain) {
    this.datastore = Objects.requireNonNull(datastore, "datastore");
    this.trustDomain = Objects.requireNonNull(trustDomain, "trustDomain");
    this.certificates = Memo.of(SpireTypes.NODE, (reads, node) -> AgentCertificates.of(node));
    this.entitled = Entitled.memo(trustDomain);
  }

  /**
   * Answers from a data store that was opened with {@link SpireTypes#all}.
   *
   * @param trustDomain name of the server's own trust domain, such as {@code example.org}; entries
   *     of others are passed over
   * @throws IllegalArgumentException if that is no name of a trust domain
   */
  public static Authorization of(Datastore datastore, String trustDomain) {
    if (!trustDomain.equals(SpiffeId.trustDomainOf(SpiffeId.ofServer(trustDomain)))) {
      throw new IllegalArgumentException("not the name of a trust domain: " + trustDomain);
    }
    return new Authorization(datastore, trustDomain);
  }

  /** As {@link #mayAct(View, String, String, Instant)}, as memory has it now. */
  public Standing mayAct(String agentId, String certSerial, Instant now) {
    return mayAct(datastore.snapshot(), agentId, certSerial, now);
  }

  /**
   * Whether an agent may act with a certificate.
   *
   * @param agentId its SPIFFE ID
   * @param certSerial serial number of the certificate that it presents
   * @param now what time it is
   */
  public Standing mayAct(View view, String agentId, String certSerial, Instant now) {
    return view.get(certificates, agentId)
        .map(certificates -> certificates.standing(certSerial, now))
        .orElse(Standing.UNKNOWN);
  }

  /** As {@link #entitledEntries(View, String, Instant)}, as memory has it now. */
  public List<RegistrationEntry> entitledEntries(String agentId, Instant now) {
    return entitledEntries(datastore.snapshot(), agentId, now);
  }

  /**
   * The entries that an agent gets: those below its own id and below its node aliases, and, again
   * and again, those below the SPIFFE ID of an entry found so. Each comes once, cycles do no harm.
   *
   * <p>An alias is an entry whose parent is the server's id. An agent has it if all the selectors
   * of the alias are among its own, and it is attested and unexpired. The alias itself is no part
   * of the answer. What is below the agent's own id it gets also when it is expired, banned or
   * unknown: that is what {@link #mayAct} is asked for first.
   *
   * @return in the order of the search: what is below the agent before what is below that, and
   *     siblings in creation order; immutable
   */
  public List<RegistrationEntry> entitledEntries(View view, String agentId, Instant now) {
    Optional<List<RegistrationEntry>> kept = view.get(entitled, agentId);
    return kept.isPresent()
        ? Entitled.at(now, kept.get())
        : new Descent(Reads.of(view), trustDomain).below(List.of(agentId));
  }
}
