package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.BUNDLE;
import static io.holdfast.datastore.spire.SpireTypes.FEDERATION;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.FederationRelationshipMask;
import java.util.List;
import java.util.Optional;

/**
 * The federation relationships of SPIRE's data store, by the name of the other trust domain. The
 * bundle of that trust domain is stored among the {@link Bundles}, and outlives the relationship.
 * Reads are linearizable.
 */
public final class Federation {
  private static final FederationRelationshipMask ALL_FIELDS =
      FederationRelationshipMask.newBuilder()
          .setBundleEndpointUrl(true)
          .setBundleEndpointProfile(true)
          .setTrustDomainBundle(true)
          .build();
  private static final String SPIFFE_PROFILE = "https_spiffe";
  private static final String WEB_PROFILE = "https_web";

  private final Datastore datastore;

  Federation(Datastore datastore) {
    this.datastore = datastore;
  }

  /** A relationship, and the bundle of the other trust domain. */
  public static final class Relationship {
    private final FederationRelationship message;
    private final Bundle bundle;

    /**
     * Puts the two together.
     *
     * @param bundle null if there is none
     */
    public Relationship(FederationRelationship message, Bundle bundle) {
      this.message = message;
      this.bundle = bundle;
    }

    /** The relationship. */
    public FederationRelationship message() {
      return message;
    }

    /** The bundle, if there is one. */
    public Optional<Bundle> bundle() {
      return Optional.ofNullable(bundle);
    }
  }

  /** The relationship with a trust domain, with the bundle that is stored. */
  public Optional<Relationship> fetch(String trustDomain) {
    checkTrustDomain(trustDomain);
    View view = datastore.at(Freshness.LINEARIZABLE);
    return view.get(FEDERATION, trustDomain).map(found -> withBundle(view, found));
  }

  private static Relationship withBundle(View view, FederationRelationship relationship) {
    String id = SpiffeId.ofTrustDomain(relationship.getTrustDomain());
    return new Relationship(relationship, view.get(BUNDLE, id).orElse(null));
  }

  /** All relationships, in creation order. */
  public List<Relationship> list() {
    View view = datastore.at(Freshness.LINEARIZABLE);
    return view.list(FEDERATION.all()).stream().map(found -> withBundle(view, found)).toList();
  }

  /** A page of all relationships. */
  public Paged<Relationship> list(Paging paging) {
    Optional<ListToken> start = Listing.start(FEDERATION, paging);
    View view = datastore.at(Freshness.LINEARIZABLE);
    var found = view.walk(List.of(FEDERATION.all()), Listing.from(start)).placed();
    var page = Listing.page(FEDERATION, found, start, paging.size());
    return new Paged<>(
        page.items().stream().map(one -> withBundle(view, one)).toList(), page.token());
  }

  /**
   * Creates a relationship, and sets its bundle if it brings one.
   *
   * @param relationship null is refused
   */
  public void create(Relationship relationship) {
    check(relationship, ALL_FIELDS);
    FederationRelationship message = stored(relationship.message());
    datastore.write(
        tx -> {
          if (tx.get(FEDERATION, message.getTrustDomain()).isPresent()) {
            throw Refusal.exists("federation relationship with " + message.getTrustDomain());
          }
          relationship.bundle().ifPresent(bundle -> tx.put(BUNDLE, bundle));
          tx.create(FEDERATION, message);
        });
  }

  /**
   * Changes the fields of a relationship that a mask names.
   *
   * @param relationship null is refused
   * @param mask null for all fields; without a bundle that field is left as it is
   * @return the whole relationship as it is then, with the bundle that is stored
   */
  public Relationship update(Relationship relationship, FederationRelationshipMask mask) {
    FederationRelationshipMask fields = mask == null ? ALL_FIELDS : mask;
    check(relationship, fields);
    return datastore.compute(tx -> update(tx, relationship, fields)).value();
  }

  private static Relationship update(
      ItemTransaction tx, Relationship update, FederationRelationshipMask mask) {
    FederationRelationship asked = update.message();
    FederationRelationship.Builder merged =
        tx
            .get(FEDERATION, asked.getTrustDomain())
            .orElseThrow(
                () -> Refusal.notFound("unable to fetch federation relationship: record not found"))
            .toBuilder();
    if (mask.getBundleEndpointUrl()) {
      merged.setBundleEndpointUrl(asked.getBundleEndpointUrl());
    }
    if (mask.getBundleEndpointProfile()) {
      merged
          .setBundleEndpointProfile(asked.getBundleEndpointProfile())
          .setEndpointSpiffeId(asked.getEndpointSpiffeId());
    }
    if (mask.getTrustDomainBundle()) {
      update.bundle().ifPresent(bundle -> tx.put(BUNDLE, bundle));
    }
    FederationRelationship next = tx.put(FEDERATION, stored(merged.build()));
    String bundleId = SpiffeId.ofTrustDomain(next.getTrustDomain());
    return new Relationship(next, tx.get(BUNDLE, bundleId).orElse(null));
  }

  /** Who serves the endpoint is known only with one of the profiles. */
  private static FederationRelationship stored(FederationRelationship relationship) {
    return relationship.getBundleEndpointProfile().equals(SPIFFE_PROFILE)
        ? relationship
        : relationship.toBuilder().clearEndpointSpiffeId().build();
  }

  /** Deletes the relationship with a trust domain; its bundle stays. */
  public void delete(String trustDomain) {
    checkTrustDomain(trustDomain);
    datastore.write(
        tx -> {
          if (tx.get(FEDERATION, trustDomain).isEmpty()) {
            throw Refusal.notFound();
          }
          tx.delete(FEDERATION, trustDomain);
        });
  }

  private static void checkTrustDomain(String name) {
    if (name.isEmpty()) {
      throw Refusal.invalid("trust domain is required");
    }
  }

  private static void check(Relationship relationship, FederationRelationshipMask mask) {
    if (relationship == null) {
      throw Refusal.invalid("federation relationship is nil");
    }
    FederationRelationship message = relationship.message();
    checkTrustDomain(message.getTrustDomain());
    if (mask.getBundleEndpointUrl() && message.getBundleEndpointUrl().isEmpty()) {
      throw Refusal.invalid("bundle endpoint URL is required");
    }
    if (mask.getBundleEndpointProfile()) {
      checkProfile(message);
    }
  }

  private static void checkProfile(FederationRelationship message) {
    String profile = message.getBundleEndpointProfile();
    if (profile.equals(SPIFFE_PROFILE)) {
      if (message.getEndpointSpiffeId().isEmpty()) {
        throw Refusal.invalid("bundle endpoint SPIFFE ID is required");
      }
    } else if (!profile.equals(WEB_PROFILE)) {
      throw Refusal.invalid("unknown bundle endpoint profile type: " + Quoted.of(profile));
    }
  }
}
