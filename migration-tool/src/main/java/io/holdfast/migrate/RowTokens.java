package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.View;
import io.holdfast.datastore.spire.SpireTypes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the tokens of pages as SPIRE does, whose own test suite expects it: as the number of the
 * page's last row, counted from 1 in the order of creation.
 *
 * <p>A number stands for one token as long as this process: what a page comes behind stays what it
 * was, however many rows before it are deleted. Where the number is taken the token stays as it is.
 */
final class RowTokens {
  private static final Map<String, Rows<?>> LISTS =
      Map.of(
          "ListBundles", new Rows<>(SpireTypes.BUNDLE, "bundles", "trust_domain_id"),
          "ListRegistrationEntries", new Rows<>(SpireTypes.ENTRY, "entries", "entry_id"),
          "ListAttestedNodes", new Rows<>(SpireTypes.NODE, "nodes", "spiffe_id"),
          "ListFederationRelationships",
              new Rows<>(SpireTypes.FEDERATION, "relationships", "trust_domain"));

  private final Datastore datastore;
  private final Map<String, String> tokens = new HashMap<>(); // by operation and number
  private final Map<String, String> numbers = new HashMap<>(); // by token

  /** What a list answers, and which field of it names an item. */
  private record Rows<M extends MessageLite>(ItemType<M> type, String list, String id) {
    Optional<String> numberOfLast(View view, JsonObject answer) {
      JsonArray rows = answer.getAsJsonArray(list);
      String last = rows.get(rows.size() - 1).getAsJsonObject().get(id).getAsString();
      return view.order(type, last).map(order -> "" + (view.countBefore(type, order) + 1));
    }
  }

  RowTokens(Datastore datastore) {
    this.datastore = datastore;
  }

  /** Puts the token that a number stands for in its place, if a list is asked for by one. */
  JsonElement read(String op, JsonElement args) {
    Optional<String> token =
        pageOf(args).map(page -> tokens.get(op + page.get("token").getAsString()));
    if (token.isEmpty()) {
      return args;
    }
    JsonObject meant = args.getAsJsonObject().deepCopy();
    meant.getAsJsonObject("pagination").addProperty("token", token.get());
    return meant;
  }

  /** Puts a number in the place of the token that a list answers. */
  JsonObject write(String op, JsonObject answer) {
    Rows<?> rows = LISTS.get(op);
    Optional<JsonObject> page = rows == null ? Optional.empty() : pageOf(answer);
    page.map(found -> found.get("token").getAsString())
        .filter(token -> !token.isEmpty())
        .flatMap(token -> numberOf(token, op, rows, answer))
        .ifPresent(number -> page.get().addProperty("token", number));
    return answer;
  }

  private Optional<String> numberOf(String token, String op, Rows<?> rows, JsonObject answer) {
    if (!numbers.containsKey(token)) {
      rows.numberOfLast(datastore.snapshot(), answer)
          .filter(number -> tokens.putIfAbsent(op + number, token) == null)
          .ifPresent(number -> numbers.put(token, number));
    }
    return Optional.ofNullable(numbers.get(token));
  }

  /** The pagination, if it has a token that is text. */
  private static Optional<JsonObject> pageOf(JsonElement element) {
    if (!element.isJsonObject()
        || !(element.getAsJsonObject().get("pagination") instanceof JsonObject page)) {
      return Optional.empty();
    }
    boolean isText =
        page.has("token")
            && page.get("token").isJsonPrimitive()
            && page.getAsJsonPrimitive("token").isString();
    return isText ? Optional.of(page) : Optional.empty();
  }
}
