package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.View;
import io.holdfast.datastore.spire.SpireTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Writes the tokens of pages as SPIRE does, whose own test suite expects it: as the number of the
 * page's last row, counted from 1 in the order of creation. A row that is deleted keeps its number,
 * as with SPIRE's counter, so each request is followed by a look at what it has created.
 *
 * <p>Numbers hold as long as this process, and where no other one writes.
 */
final class RowTokens {
  private final Datastore datastore;
  private final BiFunction<String, JsonElement, JsonObject> operations;
  private final Map<String, Rows<?>> lists =
      Map.of(
          "ListBundles", new Rows<>(SpireTypes.BUNDLE, "bundles", "trust_domain_id"),
          "ListRegistrationEntries", new Rows<>(SpireTypes.ENTRY, "entries", "entry_id"),
          "ListAttestedNodes", new Rows<>(SpireTypes.NODE, "nodes", "spiffe_id"),
          "ListFederationRelationships",
              new Rows<>(SpireTypes.FEDERATION, "relationships", "trust_domain"));

  /** The rows of a list, deleted ones too. */
  private static final class Rows<M extends MessageLite> {
    private final ItemType<M> type;
    private final String list; // the field of an answer that holds them
    private final String id; // the field of a row that names it
    private final List<CreationOrder> places = new ArrayList<>(); // of number 1, 2, ...
    private final Map<CreationOrder, Integer> numbers = new HashMap<>();
    private final Map<Long, String> tokens = new HashMap<>(); // those that were answered

    Rows(ItemType<M> type, String list, String id) {
      this.type = type;
      this.list = list;
      this.id = id;
    }

    void numberNewOnes(View view) {
      CreationOrder from = places.isEmpty() ? CreationOrder.FIRST : places.get(places.size() - 1);
      for (var row : view.walk(List.of(type.all()), from).placed()) {
        if (numbers.putIfAbsent(row.order(), places.size() + 1) == null) {
          places.add(row.order());
        }
      }
    }

    Optional<Integer> numberOfLast(View view, JsonObject answer) {
      JsonArray rows = answer.getAsJsonArray(list);
      JsonElement last = rows.get(rows.size() - 1).getAsJsonObject().get(id);
      // An empty id is left out, as all that is empty.
      return view.order(type, last == null ? "" : last.getAsString()).map(numbers::get);
    }

    /** How many rows are left of those up to a number; empty if none was created behind it. */
    Optional<Long> leftUpTo(View view, long number) {
      return Long.compareUnsigned(number, places.size()) >= 0
          ? Optional.empty()
          : Optional.of(view.countBefore(type, places.get((int) number)));
    }
  }

  /**
   * Reads and writes the tokens of one data store.
   *
   * @param operations answers an operation by name with its own tokens
   */
  RowTokens(Datastore datastore, BiFunction<String, JsonElement, JsonObject> operations) {
    this.datastore = datastore;
    this.operations = operations;
    numberNewOnes();
  }

  private void numberNewOnes() {
    lists.values().forEach(rows -> rows.numberNewOnes(datastore.snapshot()));
  }

  /** Answers an operation. */
  JsonObject run(String op, JsonElement args) {
    Rows<?> rows = lists.get(op);
    try {
      return rows == null
          ? operations.apply(op, args)
          : write(rows, operations.apply(op, read(op, rows, args)));
    } finally {
      numberNewOnes();
    }
  }

  /** Puts the token that a number stands for in its place, if the list is asked for by one. */
  private JsonElement read(String op, Rows<?> rows, JsonElement args) {
    Optional<String> token =
        pageOf(args).flatMap(page -> tokenOf(op, rows, page.get("token").getAsString()));
    if (token.isEmpty()) {
      return args;
    }
    JsonObject meant = args.getAsJsonObject().deepCopy();
    meant.getAsJsonObject("pagination").addProperty("token", token.get());
    return meant;
  }

  /** What a number stands for; empty if the text says the same to the list, or is no number. */
  private Optional<String> tokenOf(String op, Rows<?> rows, String text) {
    if (!text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    try {
      long number = Long.parseUnsignedLong(text);
      Optional<Long> left = rows.leftUpTo(datastore.snapshot(), number);
      return Optional.ofNullable(rows.tokens.get(number))
          .or(() -> left.map(rowsLeft -> tokenBehind(op, rowsLeft)));
    } catch (NumberFormatException e) {
      return Optional.empty(); // none at all, or one that the list refuses
    }
  }

  /** The token of the page that the first rows make. */
  private String tokenBehind(String op, long rowsLeft) {
    if (rowsLeft == 0) {
      return "";
    }
    JsonObject page = new JsonObject();
    page.addProperty("page_size", rowsLeft);
    JsonObject answer = operations.apply(op, Json.field("pagination", page));
    return answer.getAsJsonObject("pagination").get("token").getAsString();
  }

  /** Puts a number in the place of the token that a list answers. */
  private JsonObject write(Rows<?> rows, JsonObject answer) {
    pageOf(answer)
        .filter(page -> !page.get("token").getAsString().isEmpty())
        .ifPresent(
            page ->
                rows.numberOfLast(datastore.snapshot(), answer)
                    .ifPresent(
                        number -> {
                          rows.tokens.put(number.longValue(), page.get("token").getAsString());
                          page.addProperty("token", number.toString());
                        }));
    return answer;
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
