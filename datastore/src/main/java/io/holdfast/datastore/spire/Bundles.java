package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.BUNDLE;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_FEDERATES_WITH;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.BundleMask;
import io.holdfast.datastore.proto.PublicKey;
import io.holdfast.datastore.proto.RegistrationEntry;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The trust bundles of SPIRE's data store, by the id of their trust domain. Reads are linearizable.
 * What is refused is a {@link DatastoreException} with SPIRE's code and text.
 */
public final class Bundles {
  /** What becomes of the entries that federate with a bundle that is deleted. */
  public enum DeleteMode {
    /** The bundle is not deleted if there are any. */
    RESTRICT,
    /** They are deleted too. */
    DELETE,
    /** They go on without it. */
    DISSOCIATE
  }

  private static final int RELEASED_AT_ONCE = 500;
  private static final BundleMask ALL_FIELDS =
      BundleMask.newBuilder()
          .setRootCas(true)
          .setJwtSigningKeys(true)
          .setWitSigningKeys(true)
          .setRefreshHint(true)
          .setSequenceNumber(true)
          .build();

  private final Datastore datastore;
  private final Entries entries;

  Bundles(Datastore datastore, Entries entries) {
    this.datastore = datastore;
    this.entries = entries;
  }

  /** The bundle of a trust domain. */
  public Optional<Bundle> fetch(String trustDomainId) {
    return datastore.at(Freshness.LINEARIZABLE).get(BUNDLE, trustDomainId);
  }

  /** How many there are. */
  public long count() {
    return datastore.at(Freshness.LINEARIZABLE).count(BUNDLE.all());
  }

  /** All bundles, in creation order. */
  public List<Bundle> list() {
    return datastore.at(Freshness.LINEARIZABLE).list(BUNDLE.all());
  }

  /** A page of all bundles. */
  public Paged<Bundle> list(Paging paging) {
    Optional<ListToken> start = Listing.start(BUNDLE, paging);
    View view = datastore.at(Freshness.LINEARIZABLE);
    var bundles = view.walk(List.of(BUNDLE.all()), Listing.from(start)).placed();
    return Listing.page(BUNDLE, bundles, start, paging.size());
  }

  /** Creates a bundle; {@code ALREADY_EXISTS} if its trust domain has one. */
  public Bundle create(Bundle bundle) {
    checkPresent(bundle);
    return datastore
        .compute(
            tx -> {
              if (tx.get(BUNDLE, bundle.getTrustDomainId()).isPresent()) {
                throw Refusal.exists("bundle " + bundle.getTrustDomainId());
              }
              return tx.create(BUNDLE, bundle);
            })
        .value();
  }

  /** Creates a bundle, or replaces that of its trust domain. */
  public Bundle set(Bundle bundle) {
    checkPresent(bundle);
    return datastore.compute(tx -> tx.put(BUNDLE, bundle)).value();
  }

  /**
   * Changes the fields of a bundle that a mask names.
   *
   * @param mask null for all fields
   * @return the whole bundle as it is then
   */
  public Bundle update(Bundle bundle, BundleMask mask) {
    checkPresent(bundle);
    BundleMask fields = mask == null ? ALL_FIELDS : mask;
    return change(bundle.getTrustDomainId(), stored -> merged(stored, bundle, fields));
  }

  private static Bundle merged(Bundle stored, Bundle bundle, BundleMask mask) {
    Bundle.Builder merged = stored.toBuilder();
    if (mask.getRootCas()) {
      merged.clearRootCas().addAllRootCas(bundle.getRootCasList());
    }
    if (mask.getJwtSigningKeys()) {
      merged.clearJwtSigningKeys().addAllJwtSigningKeys(bundle.getJwtSigningKeysList());
    }
    if (mask.getWitSigningKeys()) {
      merged.clearWitSigningKeys().addAllWitSigningKeys(bundle.getWitSigningKeysList());
    }
    if (mask.getRefreshHint()) {
      merged.setRefreshHint(bundle.getRefreshHint());
    }
    if (mask.getSequenceNumber()) {
      merged.setSequenceNumber(bundle.getSequenceNumber());
    }
    return merged.build();
  }

  /**
   * Adds the roots and keys that a bundle does not have yet, or creates it.
   *
   * @return the whole bundle as it is then
   */
  public Bundle append(Bundle bundle) {
    checkPresent(bundle);
    return datastore.compute(tx -> append(tx, bundle)).value();
  }

  private static Bundle append(ItemTransaction tx, Bundle added) {
    Optional<Bundle> stored = tx.get(BUNDLE, added.getTrustDomainId());
    if (stored.isEmpty()) {
      return tx.create(BUNDLE, added);
    }
    Bundle was = stored.get();
    Bundle grown =
        was.toBuilder()
            .addAllRootCas(without(added.getRootCasList(), was.getRootCasList()))
            .addAllJwtSigningKeys(
                without(added.getJwtSigningKeysList(), was.getJwtSigningKeysList()))
            .addAllWitSigningKeys(
                without(added.getWitSigningKeysList(), was.getWitSigningKeysList()))
            .build();
    if (grown.equals(was)) {
      return was;
    }
    return tx.put(BUNDLE, grown.toBuilder().setSequenceNumber(was.getSequenceNumber() + 1).build());
  }

  private static <T> List<T> without(List<T> elements, List<T> known) {
    return elements.stream().filter(element -> !known.contains(element)).toList();
  }

  /**
   * Deletes a bundle, in one commit with what becomes of the entries that federate with it; each of
   * them has its event. Where these are more than some hundred, or than the store takes in one
   * commit, earlier commits take the most of them; a call that was cut off is to be repeated.
   */
  public void delete(String trustDomainId, DeleteMode mode) {
    if (mode == DeleteMode.RESTRICT) {
      datastore.write(tx -> deleteAlone(tx, trustDomainId));
    } else {
      Batches.run(datastore, RELEASED_AT_ONCE, (tx, most) -> delete(tx, trustDomainId, mode, most));
    }
  }

  private static void deleteAlone(ItemTransaction tx, String trustDomainId) {
    existing(tx, trustDomainId);
    long federated = tx.view().count(federated(trustDomainId));
    if (federated > 0) {
      throw new DatastoreException(
          Code.FAILED_PRECONDITION,
          "datastore-sql: cannot delete bundle; federated with "
              + federated
              + " registration entries");
    }
    tx.delete(BUNDLE, trustDomainId);
  }

  /** Releases so many entries, or the last ones and deletes the bundle, which ends the batches. */
  private int delete(ItemTransaction tx, String trustDomainId, DeleteMode mode, int most) {
    existing(tx, trustDomainId);
    List<RegistrationEntry> first = Expiry.first(tx.view(), federated(trustDomainId), most + 1);
    if (first.size() > most) {
      release(tx, first.subList(0, most), trustDomainId, mode);
      return most;
    }
    release(tx, first, trustDomainId, mode);
    tx.delete(BUNDLE, trustDomainId);
    return 0;
  }

  private static Query<RegistrationEntry> federated(String trustDomainId) {
    return ENTRY.by(ENTRY_FEDERATES_WITH, trustDomainId);
  }

  private void release(
      ItemTransaction tx,
      List<RegistrationEntry> federated,
      String trustDomainId,
      DeleteMode mode) {
    for (RegistrationEntry entry : federated) {
      if (mode == DeleteMode.DELETE) {
        entries.delete(tx, entry.getEntryId());
      } else {
        entries.dissociate(tx, entry.getEntryId(), trustDomainId);
      }
    }
  }

  /**
   * Drops the roots and keys whose life has ended at a time or before.
   *
   * @return whether there were any
   */
  public boolean prune(String trustDomainId, Instant expiresBefore) {
    return datastore.compute(tx -> prune(tx, trustDomainId, expiresBefore)).value();
  }

  private static boolean prune(ItemTransaction tx, String trustDomainId, Instant expiresBefore) {
    Optional<Bundle> stored = tx.get(BUNDLE, trustDomainId);
    if (stored.isEmpty()) {
      return false;
    }
    if (expiresBefore.equals(SpireDatastore.NO_TIME)) {
      throw Refusal.unknown("prune failed: expiration time is zero value");
    }
    Bundle pruned = new BundlePruning(expiresBefore).apply(stored.get());
    boolean changed = !pruned.equals(stored.get());
    if (changed) {
      tx.put(BUNDLE, pruned);
    }
    return changed;
  }

  /** Marks the roots with a subject key id (lower-case hex) as not to be trusted any more. */
  public void taintX509(String trustDomainId, String subjectKeyId) {
    change(trustDomainId, bundle -> Roots.taint(bundle, subjectKeyId));
  }

  /** Removes the tainted roots with a subject key id (lower-case hex). */
  public void revokeX509(String trustDomainId, String subjectKeyId) {
    change(trustDomainId, bundle -> Roots.revoke(bundle, subjectKeyId));
  }

  /**
   * Marks the JWT key with an id as not to be trusted any more.
   *
   * @return the key as it is then
   */
  public PublicKey taintJwt(String trustDomainId, String keyId) {
    return datastore.compute(tx -> taintJwt(tx, trustDomainId, keyId)).value();
  }

  private static PublicKey taintJwt(ItemTransaction tx, String trustDomainId, String keyId) {
    Bundle bundle = existing(tx, trustDomainId);
    int at = JwtKeys.toTaint(bundle, keyId);
    PublicKey tainted = bundle.getJwtSigningKeys(at).toBuilder().setTaintedKey(true).build();
    tx.put(
        BUNDLE,
        bundle.toBuilder()
            .setJwtSigningKeys(at, tainted)
            .setSequenceNumber(bundle.getSequenceNumber() + 1)
            .build());
    return tainted;
  }

  /**
   * Removes the tainted JWT key with an id.
   *
   * @return the key as it was
   */
  public PublicKey revokeJwt(String trustDomainId, String keyId) {
    return datastore.compute(tx -> revokeJwt(tx, trustDomainId, keyId)).value();
  }

  private static PublicKey revokeJwt(ItemTransaction tx, String trustDomainId, String keyId) {
    Bundle bundle = existing(tx, trustDomainId);
    int at = JwtKeys.toRevoke(bundle, keyId);
    tx.put(
        BUNDLE,
        bundle.toBuilder()
            .removeJwtSigningKeys(at)
            .setSequenceNumber(bundle.getSequenceNumber() + 1)
            .build());
    return bundle.getJwtSigningKeys(at);
  }

  private Bundle change(String trustDomainId, UnaryOperator<Bundle> change) {
    return datastore
        .compute(tx -> tx.put(BUNDLE, change.apply(existing(tx, trustDomainId))))
        .value();
  }

  private static Bundle existing(ItemTransaction tx, String trustDomainId) {
    return tx.get(BUNDLE, trustDomainId).orElseThrow(Refusal::notFound);
  }

  private static void checkPresent(Bundle bundle) {
    if (bundle == null) {
      throw Refusal.unknown("datastore-sql: missing bundle in request");
    }
  }
}
