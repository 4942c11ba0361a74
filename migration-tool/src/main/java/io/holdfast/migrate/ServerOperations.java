package io.holdfast.migrate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.ByteString;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.FederationRelationshipMask;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.spire.Federation.Relationship;
import io.holdfast.datastore.spire.SpireDatastore;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/** The operations on join tokens, federation relationships and journals. */
final class ServerOperations {
  private final SpireDatastore spire;

  ServerOperations(SpireDatastore spire) {
    this.spire = spire;
  }

  void register(SpireOperations to) {
    to.act("CreateJoinToken", "token", this::createJoinToken);
    to.act("DeleteJoinToken", "token", a -> spire.joinTokens().delete(a.text("token")));
    to.answer(
        "FetchJoinToken",
        "token",
        a -> optional("token", spire.joinTokens().fetch(a.text("token")).map(this::json)));
    to.act(
        "PruneJoinTokens",
        "expires_before",
        a -> spire.joinTokens().prune(a.time("expires_before")));
    registerFederation(to);
    to.answer("SetCAJournal", "journal", a -> set(a.find("journal")));
    to.answer(
        "FetchCAJournal",
        "active_x509_authority_id",
        a ->
            optional(
                "journal",
                spire.caJournals().fetch(a.text("active_x509_authority_id")).map(this::json)));
    to.act(
        "PruneCAJournals",
        "all_cas_expire_before",
        a -> spire.caJournals().prune(a.int64("all_cas_expire_before")));
    to.answer(
        "ListCAJournals",
        "",
        a -> Json.field("journals", Json.list(spire.caJournals().list(), this::json)));
  }

  private void registerFederation(SpireOperations to) {
    to.answer("CreateFederationRelationship", "relationship", this::createRelationship);
    to.answer(
        "FetchFederationRelationship",
        "trust_domain",
        a ->
            optional(
                "relationship", spire.federation().fetch(a.text("trust_domain")).map(this::json)));
    to.act(
        "DeleteFederationRelationship",
        "trust_domain",
        a -> spire.federation().delete(a.text("trust_domain")));
    to.answer(
        "ListFederationRelationships",
        "pagination",
        a ->
            SpireOperations.listed(
                "relationships",
                SpireOperations.paging(a),
                spire.federation()::list,
                spire.federation()::list,
                this::json));
    to.answer("UpdateFederationRelationship", "relationship mask", this::updateRelationship);
  }

  private static JsonObject optional(String name, Optional<JsonObject> value) {
    return value.map(found -> Json.field(name, found)).orElseGet(JsonObject::new);
  }

  private void createJoinToken(Args args) {
    Args token = Args.of(args.find("token").orElse(null), Set.of("token", "expiry"));
    spire.joinTokens().create(token.text("token"), token.time("expiry"));
  }

  private JsonObject json(JoinToken token) {
    JsonObject json = new JsonObject();
    json.addProperty("token", token.getToken());
    json.addProperty("expiry", time(token.getExpiry()).toString());
    return json;
  }

  /** A number of seconds that somebody brought along, or the nearest there is. */
  private static Instant time(long seconds) {
    long most = Instant.MAX.getEpochSecond();
    return Instant.ofEpochSecond(Math.max(-most, Math.min(most, seconds)));
  }

  private JsonObject createRelationship(Args args) {
    Relationship relationship = relationship(args);
    spire.federation().create(relationship);
    return Json.field("relationship", json(relationship));
  }

  private JsonObject updateRelationship(Args args) {
    FederationRelationshipMask mask =
        args.message("mask", FederationRelationshipMask.getDefaultInstance());
    return Json.field("relationship", json(spire.federation().update(relationship(args), mask)));
  }

  /** The relationship that is given; null if none is. */
  private static Relationship relationship(Args args) {
    if (args.find("relationship").isEmpty()) {
      return null;
    }
    Args given =
        Args.of(
            args.find("relationship").get(),
            Set.of(
                "trust_domain",
                "bundle_endpoint_url",
                "bundle_endpoint_profile",
                "trust_domain_bundle",
                "endpoint_spiffe_id"));
    FederationRelationship message =
        FederationRelationship.newBuilder()
            .setTrustDomain(given.text("trust_domain"))
            .setBundleEndpointUrl(given.text("bundle_endpoint_url"))
            .setBundleEndpointProfile(given.text("bundle_endpoint_profile"))
            .setEndpointSpiffeId(given.text("endpoint_spiffe_id"))
            .build();
    Bundle bundle = given.message("trust_domain_bundle", Bundle.getDefaultInstance());
    return new Relationship(message, bundle);
  }

  private JsonObject json(Relationship relationship) {
    JsonObject json = Json.of(relationship.message());
    relationship.bundle().ifPresent(found -> json.add("trust_domain_bundle", Json.of(found)));
    return json;
  }

  private JsonObject set(Optional<JsonElement> given) {
    CAJournal journal =
        given
            .map(value -> journal(Args.of(value, Set.of("id", "data", "active_x509_authority_id"))))
            .orElse(null);
    return Json.field("journal", json(spire.caJournals().set(journal)));
  }

  private static CAJournal journal(Args args) {
    try {
      return CAJournal.newBuilder()
          .setId(args.uint64("id"))
          .setData(ByteString.copyFrom(Base64.getDecoder().decode(args.text("data"))))
          .setActiveX509AuthorityId(args.text("active_x509_authority_id"))
          .build();
    } catch (IllegalArgumentException e) {
      throw new BadRequest("data has to be base64: " + e.getMessage());
    }
  }

  private JsonObject json(CAJournal journal) {
    JsonObject json = new JsonObject();
    json.add("id", new JsonPrimitive(new BigInteger(Long.toUnsignedString(journal.getId()))));
    json.addProperty("data", Base64.getEncoder().encodeToString(journal.getData().toByteArray()));
    json.addProperty("active_x509_authority_id", journal.getActiveX509AuthorityId());
    return json;
  }
}
