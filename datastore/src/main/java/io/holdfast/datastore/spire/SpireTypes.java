package io.holdfast.datastore.spire;

import io.holdfast.datastore.Index;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Key;
import java.util.Collection;
import java.util.List;

/** The item types of SPIRE's data store, with their indexes. */
public final class SpireTypes {
  /** Trust bundles, by trust domain id. */
  public static final ItemType<Bundle> BUNDLE =
      ItemType.builder("bundle", Bundle.parser())
          .id(Bundle::getTrustDomainId)
          .indexVersion(1)
          .build();

  /** Nodes by the name of their attestor. */
  public static final Index<AttestedNode> NODE_ATTESTATION_TYPE =
      Index.lookUp("attestation_data_type", AttestedNode::getAttestationDataType);

  /** Nodes by the end of their certificate's life, in unix seconds. */
  public static final Index<AttestedNode> NODE_EXPIRY =
      Index.lookUp("cert_not_after", AttestedNode::getCertNotAfter);

  /** Attested nodes, by SPIFFE ID; their selectors are {@link #NODE_SELECTORS}. */
  public static final ItemType<AttestedNode> NODE =
      ItemType.builder("node", AttestedNode.parser())
          .id(AttestedNode::getSpiffeId)
          .index(NODE_ATTESTATION_TYPE)
          .index(NODE_EXPIRY)
          .indexVersion(1)
          .build();

  /** Agents by each of their selectors, as {@link #selectorKey}. */
  public static final Index<NodeSelectors> NODE_SELECTOR =
      Index.lookUpEach(
          "selector",
          node -> node.getSelectorsList().stream().map(SpireTypes::selectorKey).toList());

  /** The selectors of agents, by SPIFFE ID; they may exist before and without the node. */
  public static final ItemType<NodeSelectors> NODE_SELECTORS =
      ItemType.builder("node_selectors", NodeSelectors.parser())
          .id(NodeSelectors::getSpiffeId)
          .index(NODE_SELECTOR)
          .sketch(node -> sketch(node.getSelectorsList()))
          .indexVersion(1)
          .build();

  /** Entries by parent id. */
  public static final Index<RegistrationEntry> ENTRY_PARENT =
      Index.lookUp("parent_id", RegistrationEntry::getParentId);

  /** Entries by SPIFFE ID. */
  public static final Index<RegistrationEntry> ENTRY_SPIFFE_ID =
      Index.lookUp("spiffe_id", RegistrationEntry::getSpiffeId);

  /** Entries by each of their selectors, as {@link #selectorKey}. */
  public static final Index<RegistrationEntry> ENTRY_SELECTOR =
      Index.lookUpEach(
          "selector",
          entry -> entry.getSelectorsList().stream().map(SpireTypes::selectorKey).toList());

  /** Entries by {@link SelectorSets#numberOf} all of their selectors. */
  static final Index<RegistrationEntry> ENTRY_SELECTOR_SET =
      Index.lookUp("selector_set", entry -> SelectorSets.numberOf(entry.getSelectorsList()));

  /** Entries by hint; those without one are not found. */
  public static final Index<RegistrationEntry> ENTRY_HINT =
      Index.lookUp("hint", entry -> entry.getHint().isEmpty() ? null : entry.getHint());

  /** Entries by the bundles that they hand out, which must exist. */
  public static final Index<RegistrationEntry> ENTRY_FEDERATES_WITH =
      Index.reference("federates_with", BUNDLE, RegistrationEntry::getFederatesWithList);

  /** Entries for downstream servers, which are few; found by 1. */
  public static final Index<RegistrationEntry> ENTRY_DOWNSTREAM =
      Index.lookUp("downstream", entry -> entry.getDownstream() ? 1 : null);

  /** Entries by the end of their life, in unix seconds; those that never end are not found. */
  public static final Index<RegistrationEntry> ENTRY_EXPIRY =
      Index.lookUp(
          "entry_expiry", entry -> entry.getEntryExpiry() == 0 ? null : entry.getEntryExpiry());

  /** Entries by SPIFFE ID, parent and selectors together, for creations. */
  static final Index<RegistrationEntry> ENTRY_SIMILAR =
      Index.guardInStore("similar", Similarity::keyOf);

  /** Entries that end with their parent, a node that attested by join token, by the parent's id. */
  static final Index<RegistrationEntry> ENTRY_JOIN_TOKEN_ALIAS =
      Index.guardInStore("join_token_alias", Aliases::joinTokenParentOf);

  /** Node aliases by one of their selectors, as {@link #selectorKey}. */
  static final Index<RegistrationEntry> ENTRY_ALIAS = Index.lookUp("alias", Aliases::keyOf);

  /** Registration entries, by entry id. */
  public static final ItemType<RegistrationEntry> ENTRY =
      ItemType.builder("entry", RegistrationEntry.parser())
          .id(RegistrationEntry::getEntryId)
          .index(ENTRY_PARENT)
          .index(ENTRY_SPIFFE_ID)
          .index(ENTRY_SELECTOR)
          .index(ENTRY_SELECTOR_SET)
          .index(ENTRY_HINT)
          .index(ENTRY_FEDERATES_WITH)
          .index(ENTRY_ALIAS)
          .index(ENTRY_DOWNSTREAM)
          .index(ENTRY_EXPIRY)
          .index(ENTRY_SIMILAR)
          .index(ENTRY_JOIN_TOKEN_ALIAS)
          .sketch(entry -> sketch(entry.getSelectorsList()))
          .indexVersion(1)
          .build();

  /** Join tokens by the end of their life, in unix seconds. */
  public static final Index<JoinToken> JOIN_TOKEN_EXPIRY =
      Index.lookUp("expiry", JoinToken::getExpiry);

  /** Join tokens, by the secret itself. */
  public static final ItemType<JoinToken> JOIN_TOKEN =
      ItemType.builder("join_token", JoinToken.parser())
          .id(JoinToken::getToken)
          .index(JOIN_TOKEN_EXPIRY)
          .secret()
          .indexVersion(1)
          .build();

  /** Federation relationships, by the other trust domain's name. */
  public static final ItemType<FederationRelationship> FEDERATION =
      ItemType.builder("federation", FederationRelationship.parser())
          .id(FederationRelationship::getTrustDomain)
          .indexVersion(1)
          .build();

  /** Journals by the id of the active X.509 authority. */
  public static final Index<CAJournal> CA_JOURNAL_ACTIVE_AUTHORITY =
      Index.lookUp("active_x509_authority_id", CAJournal::getActiveX509AuthorityId);

  /** Journals of certificate authorities, by a random key or {@link #numberedId}. */
  public static final ItemType<CAJournal> CA_JOURNAL =
      ItemType.builder("ca_journal", CAJournal.parser())
          .id(journal -> idOf(journal.getKey(), journal.getId()))
          .index(CA_JOURNAL_ACTIVE_AUTHORITY)
          .indexVersion(1)
          .build();

  /** Events of registration entries, by a random key or {@link #numberedId}. */
  public static final ItemType<RegistrationEntryEvent> ENTRY_EVENT =
      ItemType.builder("entry_event", RegistrationEntryEvent.parser())
          .id(event -> idOf(event.getKey(), event.getEventId()))
          .indexVersion(1)
          .build();

  /** Events of attested nodes, by a random key or {@link #numberedId}. */
  public static final ItemType<AttestedNodeEvent> NODE_EVENT =
      ItemType.builder("node_event", AttestedNodeEvent.parser())
          .id(event -> idOf(event.getKey(), event.getEventId()))
          .indexVersion(1)
          .build();

  private static final List<ItemType<?>> ALL =
      List.of(
          BUNDLE,
          NODE,
          NODE_SELECTORS,
          ENTRY,
          JOIN_TOKEN,
          FEDERATION,
          CA_JOURNAL,
          ENTRY_EVENT,
          NODE_EVENT);

  private SpireTypes() {}

  /** All of them; what is referred to stands before what refers to it. */
  public static List<ItemType<?>> all() {
    return ALL;
  }

  /** A selector as a value of an index. */
  public static Key selectorKey(Selector selector) {
    return Key.of(selector.getType(), selector.getValue());
  }

  /** A set of selectors as {@link Match#mayHold} compares it: each sets one bit of 32. */
  static int sketch(Collection<Selector> selectors) {
    int bits = 0;
    for (Selector selector : selectors) {
      int hash = 31 * selector.getType().hashCode() + selector.getValue().hashCode();
      bits |= 1 << (hash * 0x9E3779B9 >>> 27); // the upper bits of a product by the golden ratio
    }
    return bits;
  }

  private static String idOf(String key, long number) {
    return key.isEmpty() ? numberedId(number) : key;
  }

  /** The item id of an unsigned number: twenty digits, so that ids sort as numbers do. */
  public static String numberedId(long number) {
    return "0".repeat(20 - Long.toUnsignedString(number).length()) + Long.toUnsignedString(number);
  }
}
