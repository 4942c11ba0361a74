package io.holdfast.migrate;

import com.google.gson.JsonPrimitive;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.BundleMask;
import io.holdfast.datastore.spire.Bundles;
import io.holdfast.datastore.spire.Bundles.DeleteMode;
import java.util.List;

/** The operations on bundles and their keys. */
final class BundleOperations {
  private static final String ID = "trust_domain_id";

  private final Bundles bundles;

  BundleOperations(Bundles bundles) {
    this.bundles = bundles;
  }

  void register(SpireOperations to) {
    to.answer("AppendBundle", "bundle", a -> Json.field("bundle", bundles.append(bundle(a))));
    to.answer("CreateBundle", "bundle", a -> Json.field("bundle", bundles.create(bundle(a))));
    to.answer("SetBundle", "bundle", a -> Json.field("bundle", bundles.set(bundle(a))));
    to.answer("UpdateBundle", "bundle mask", a -> Json.field("bundle", update(a)));
    to.answer("CountBundles", "", a -> Json.field("count", new JsonPrimitive(bundles.count())));
    to.act("DeleteBundle", ID + " mode", a -> bundles.delete(a.text(ID), mode(a)));
    to.answer("FetchBundle", ID, a -> Json.field("bundle", bundles.fetch(a.text(ID))));
    to.answer(
        "ListBundles",
        "pagination",
        a ->
            SpireOperations.listed(
                "bundles", SpireOperations.paging(a), bundles::list, bundles::list, Json::of));
    to.answer(
        "PruneBundle",
        ID + " expires_before",
        a ->
            Json.field(
                "changed", new JsonPrimitive(bundles.prune(a.text(ID), a.time("expires_before")))));
    registerKeys(to);
  }

  private void registerKeys(SpireOperations to) {
    String x509 = ID + " subject_key_id";
    to.act("TaintX509CA", x509, a -> bundles.taintX509(a.text(ID), a.text("subject_key_id")));
    to.act("RevokeX509CA", x509, a -> bundles.revokeX509(a.text(ID), a.text("subject_key_id")));
    String jwt = ID + " authority_id";
    to.answer(
        "TaintJWTKey",
        jwt,
        a -> Json.field("key", bundles.taintJwt(a.text(ID), a.text("authority_id"))));
    to.answer(
        "RevokeJWTKey",
        jwt,
        a -> Json.field("key", bundles.revokeJwt(a.text(ID), a.text("authority_id"))));
  }

  private Bundle update(Args args) {
    return bundles.update(bundle(args), args.message("mask", BundleMask.getDefaultInstance()));
  }

  private static Bundle bundle(Args args) {
    return args.message("bundle", Bundle.getDefaultInstance());
  }

  private static DeleteMode mode(Args args) {
    return args.choice("mode", List.of("Restrict", "Delete", "Dissociate"), DeleteMode.values());
  }
}
