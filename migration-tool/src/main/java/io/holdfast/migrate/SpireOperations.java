package io.holdfast.migrate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.Match;
import io.holdfast.datastore.spire.Paged;
import io.holdfast.datastore.spire.Paging;
import io.holdfast.datastore.spire.SpireDatastore;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** The operations of SPIRE's data store by name, with JSON in and out. */
final class SpireOperations {
  private final Map<String, Operation> operations = new HashMap<>();
  private final Datastore datastore;

  /** An operation: the names of its arguments, and what it does with them. */
  private record Operation(Set<String> args, Function<Args, JsonObject> body) {}

  SpireOperations(Datastore datastore) {
    this.datastore = datastore;
    SpireDatastore spire = SpireDatastore.of(datastore);
    new BundleOperations(spire.bundles()).register(this);
    new EntryOperations(spire.entries()).register(this);
    new NodeOperations(spire.nodes(), spire.nodeSelectors()).register(this);
    new EventOperations(spire).register(this);
    new ServerOperations(spire).register(this);
    answer("EntitledEntries", "spiffe_id trust_domain at", this::entitledEntries);
    answer("AuthorizeAgent", "spiffe_id serial_number at", this::authorizeAgent);
  }

  /** Adds an operation; the names of its arguments have blanks between them. */
  void answer(String name, String args, Function<Args, JsonObject> body) {
    operations.put(name, new Operation(namesOf(args), body));
  }

  private static Set<String> namesOf(String args) {
    return args.isEmpty() ? Set.of() : new LinkedHashSet<>(List.of(args.split(" ")));
  }

  /** Adds an operation without a result. */
  void act(String name, String args, Consumer<Args> body) {
    answer(
        name,
        args,
        given -> {
          body.accept(given);
          return new JsonObject();
        });
  }

  JsonObject run(String name, JsonElement args) {
    Operation operation = operations.get(name);
    if (operation == null) {
      throw new BadRequest("there is no operation \"" + name + "\"");
    }
    return operation.body().apply(Args.of(args, operation.args()));
  }

  private JsonObject entitledEntries(Args args) {
    Authorization authorization = authorization(args.text("trust_domain"));
    List<String> ids =
        authorization.entitledEntries(args.text("spiffe_id"), at(args)).stream()
            .map(entry -> entry.getEntryId())
            .sorted(SpireOperations::compareBytes)
            .toList();
    return Json.field("entry_ids", Json.list(ids, JsonPrimitive::new));
  }

  private static int compareBytes(String one, String other) {
    return Arrays.compareUnsigned(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  private JsonObject authorizeAgent(Args args) {
    String id = args.text("spiffe_id");
    Authorization.Standing standing =
        authorization("example.org").mayAct(id, args.text("serial_number"), at(args));
    String verdict =
        standing == Authorization.Standing.SUPERSEDED_SERIAL
            ? "superseded"
            : standing.name().toLowerCase(Locale.ROOT);
    return Json.field("verdict", new JsonPrimitive(verdict));
  }

  private Authorization authorization(String trustDomain) {
    try {
      return Authorization.of(datastore, trustDomain);
    } catch (IllegalArgumentException e) {
      throw new BadRequest("trust_domain: " + e.getMessage());
    }
  }

  private static Instant at(Args args) {
    Instant at = args.time("at");
    return at.equals(SpireDatastore.NO_TIME) ? Instant.now() : at;
  }

  static Freshness freshness(Args args) {
    Consistency[] values = Consistency.values();
    Consistency asked =
        args.choice("consistency", List.of("RequireCurrent", "TolerateStale"), values);
    return asked == Consistency.REQUIRE_CURRENT ? Freshness.LINEARIZABLE : Freshness.CACHED;
  }

  private enum Consistency {
    REQUIRE_CURRENT,
    TOLERATE_STALE
  }

  static Match match(Args args) {
    return args.choice("match", List.of("Exact", "Subset", "Superset", "MatchAny"), Match.values());
  }

  /** The page that is asked for, if one is. */
  static Optional<Paging> paging(Args args) {
    return args.find("pagination")
        .map(value -> Args.of(value, Set.of("token", "page_size")))
        .map(page -> new Paging(page.text("token"), page.int32("page_size")));
  }

  /** A list, or a page of it with its token. */
  static <T> JsonObject listed(
      String name,
      Optional<Paging> paging,
      Supplier<List<T>> all,
      Function<Paging, Paged<T>> page,
      Function<T, JsonObject> json) {
    if (paging.isEmpty()) {
      return Json.field(name, Json.list(all.get(), json));
    }
    Paged<T> read = page.apply(paging.get());
    JsonObject pagination = new JsonObject();
    pagination.addProperty("token", read.token());
    pagination.addProperty("page_size", paging.get().size());
    JsonObject answer = Json.field(name, Json.list(read.items(), json));
    answer.add("pagination", pagination);
    return answer;
  }
}
