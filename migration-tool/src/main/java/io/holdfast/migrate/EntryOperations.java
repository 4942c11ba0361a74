package io.holdfast.migrate;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryMask;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Entries;
import io.holdfast.datastore.spire.EntryFilter;
import java.util.Optional;
import java.util.Set;

/** The operations on registration entries. */
final class EntryOperations {
  private static final String FILTER =
      "consistency by_parent_id by_spiffe_id by_hint by_selectors by_federates_with by_downstream";

  private final Entries entries;

  EntryOperations(Entries entries) {
    this.entries = entries;
  }

  void register(SpireOperations to) {
    to.answer("CountRegistrationEntries", FILTER, this::count);
    to.answer("ListRegistrationEntries", FILTER + " pagination", this::list);
    to.answer(
        "CreateRegistrationEntry",
        "entry",
        a -> Json.field("entry", entries.create(entry(a)).entry()));
    to.answer("CreateOrReturnRegistrationEntry", "entry", this::createOrReturn);
    to.answer(
        "DeleteRegistrationEntry",
        "entry_id",
        a -> Json.field("entry", entries.delete(a.text("entry_id"))));
    to.answer(
        "FetchRegistrationEntry",
        "entry_id",
        a -> Json.field("entry", entries.fetch(a.text("entry_id"))));
    to.answer(
        "FetchRegistrationEntries",
        "entry_ids",
        a -> Json.field("entries", Json.map(entries.fetch(a.texts("entry_ids")), Json::of)));
    to.act(
        "PruneRegistrationEntries", "expires_before", a -> entries.prune(a.time("expires_before")));
    to.answer("UpdateRegistrationEntry", "entry mask", this::update);
  }

  private static RegistrationEntry entry(Args args) {
    return args.message("entry", RegistrationEntry.getDefaultInstance());
  }

  private JsonObject createOrReturn(Args args) {
    Entries.Created created = entries.create(entry(args));
    JsonObject answer = Json.field("entry", created.entry());
    answer.addProperty("existing", created.existing());
    return answer;
  }

  private JsonObject update(Args args) {
    RegistrationEntryMask mask = args.message("mask", RegistrationEntryMask.getDefaultInstance());
    return Json.field("entry", entries.update(entry(args), mask));
  }

  private JsonObject count(Args args) {
    long count = entries.count(SpireOperations.freshness(args), filter(args));
    return Json.field("count", new JsonPrimitive(count));
  }

  private JsonObject list(Args args) {
    var freshness = SpireOperations.freshness(args);
    EntryFilter filter = filter(args);
    return SpireOperations.listed(
        "entries",
        SpireOperations.paging(args),
        () -> entries.list(freshness, filter),
        page -> entries.list(freshness, filter, page),
        Json::of);
  }

  private static EntryFilter filter(Args args) {
    EntryFilter filter = EntryFilter.ALL.hint(args.text("by_hint"));
    if (!args.text("by_parent_id").isEmpty()) {
      filter = filter.parentId(args.text("by_parent_id"));
    }
    if (!args.text("by_spiffe_id").isEmpty()) {
      filter = filter.spiffeId(args.text("by_spiffe_id"));
    }
    Optional<Args> selectors =
        args.find("by_selectors").map(value -> Args.of(value, Set.of("selectors", "match")));
    if (selectors.isPresent()) {
      filter =
          filter.selectors(
              selectors.get().messages("selectors", Selector.getDefaultInstance()),
              SpireOperations.match(selectors.get()));
    }
    Optional<Args> federated =
        args.find("by_federates_with")
            .map(value -> Args.of(value, Set.of("trust_domains", "match")));
    if (federated.isPresent()) {
      filter =
          filter.federatesWith(
              federated.get().texts("trust_domains"), SpireOperations.match(federated.get()));
    }
    Optional<Boolean> downstream = args.flag("by_downstream");
    return downstream.isPresent() ? filter.downstream(downstream.get()) : filter;
  }
}
