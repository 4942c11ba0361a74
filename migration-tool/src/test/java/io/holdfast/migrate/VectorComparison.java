package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares the answer to a request with what is expected, by the rules of the recorded files. */
final class VectorComparison {
  private static final Duration NOW = Duration.ofMinutes(2);
  private static final Set<String> EVENTS =
      Set.of("ListRegistrationEntryEvents", "ListAttestedNodeEvents");
  private static final Set<String> IN_ORDER =
      Set.of(
          "FetchRegistrationEntry",
          "FetchRegistrationEntries",
          "ListRegistrationEntries",
          "GetNodeSelectors");

  private final String op;
  private final Map<String, JsonElement> saved;

  VectorComparison(String op, Map<String, JsonElement> saved) {
    this.op = op;
    this.saved = saved;
  }

  /** What is wrong with an answer; empty if nothing is. */
  String check(JsonObject answer, JsonObject expected) {
    if (answer.has("ok") == answer.has("error")) {
      return "neither or both of ok and error: " + answer;
    }
    if (expected.has("error")) {
      return answer.has("error")
          ? error(answer.getAsJsonObject("error"), expected.getAsJsonObject("error"))
          : "wanted an error, got " + answer;
    }
    if (answer.has("error")) {
      return "wanted no error, got " + answer;
    }
    String difference = difference("ok", expected.get("ok"), answer.get("ok"), false);
    return difference.isEmpty() && EVENTS.contains(op)
        ? rising(answer.getAsJsonObject("ok"))
        : difference;
  }

  private static String error(JsonObject answer, JsonObject expected) {
    String message = text(answer.get("message"));
    boolean matches =
        expected.get("code").equals(answer.get("code"))
            && (!expected.has("message") || text(expected.get("message")).equals(message))
            && (!expected.has("message_prefix")
                || message.startsWith(text(expected.get("message_prefix"))));
    return matches ? "" : "wanted " + expected + ", got " + answer;
  }

  private static String text(JsonElement value) {
    return value == null ? "" : value.getAsString();
  }

  private static String rising(JsonObject answer) {
    BigDecimal last = BigDecimal.ZERO;
    for (JsonElement event : answer.getAsJsonArray("events")) {
      BigDecimal id = event.getAsJsonObject().get("event_id").getAsBigDecimal();
      if (id.compareTo(last) <= 0) {
        return "event id " + id + " does not rise";
      }
      last = id;
    }
    return "";
  }

  private String difference(String path, JsonElement want, JsonElement got, boolean anyOrder) {
    if (!isText(want) || !want.getAsString().startsWith("$")) {
      return ofValues(path, want, got, anyOrder);
    }
    String name = want.getAsString().substring(1);
    return switch (name) {
      case "any" -> told(got != null && !got.isJsonNull(), path, want, got);
      case "nonempty" -> told(isText(got) && !got.getAsString().isEmpty(), path, want, got);
      case "now" -> told(isNow(got), path, want, got);
      default ->
          saved.containsKey(name)
              ? ofValues(path, saved.get(name), got, anyOrder)
              : path + ": " + name + " was never saved";
    };
  }

  private String ofValues(String path, JsonElement wanted, JsonElement got, boolean anyOrder) {
    if (isAbsent(wanted) || isAbsent(got)) {
      return told(isAbsent(wanted) && isAbsent(got), path, wanted, got);
    }
    if (wanted.isJsonObject() && got.isJsonObject()) {
      return ofObjects(path, wanted.getAsJsonObject(), got.getAsJsonObject(), anyOrder);
    }
    if (wanted.isJsonArray() && got.isJsonArray()) {
      return ofLists(path, wanted.getAsJsonArray(), got.getAsJsonArray(), anyOrder);
    }
    return told(isSame(wanted, got), path, wanted, got);
  }

  private static String told(boolean same, String path, JsonElement want, JsonElement got) {
    return same ? "" : path + ": wanted " + want + ", got " + got;
  }

  private String ofObjects(String path, JsonObject want, JsonObject got, boolean anyOrder) {
    JsonObject named = new JsonObject();
    want.entrySet().forEach(field -> named.add(resolvedName(field.getKey()), field.getValue()));
    Set<String> names = new TreeSet<>(named.keySet());
    names.addAll(got.keySet());
    for (String name : names) {
      boolean any =
          anyOrder
              || name.equals("federates_with")
              || (Set.of("selectors", "dns_names").contains(name) && !IN_ORDER.contains(op));
      String difference = difference(path + "." + name, named.get(name), got.get(name), any);
      if (!difference.isEmpty()) {
        return difference;
      }
    }
    return "";
  }

  private String resolvedName(String name) {
    JsonElement value = name.startsWith("$") ? saved.get(name.substring(1)) : null;
    return value == null ? name : value.getAsString();
  }

  private String ofLists(String path, JsonArray want, JsonArray got, boolean anyOrder) {
    if (want.size() != got.size()) {
      return told(false, path, want, got);
    }
    List<JsonElement> rest = new ArrayList<>();
    got.forEach(rest::add);
    for (int i = 0; i < want.size(); i++) {
      JsonElement element = want.get(i);
      if (!anyOrder) {
        String difference = difference(path + "." + i, element, got.get(i), false);
        if (!difference.isEmpty()) {
          return difference;
        }
      } else if (!removeFirst(rest, element, path)) {
        return path + "." + i + ": " + element + " is missing in " + got;
      }
    }
    return "";
  }

  private boolean removeFirst(List<JsonElement> rest, JsonElement wanted, String path) {
    for (int i = 0; i < rest.size(); i++) {
      if (difference(path, wanted, rest.get(i), true).isEmpty()) {
        rest.remove(i);
        return true;
      }
    }
    return false;
  }

  /** Whether a value says the same as one that was left out. */
  static boolean isAbsent(JsonElement value) {
    if (value == null || value.isJsonNull()) {
      return true;
    }
    if (value.isJsonObject()) {
      return value.getAsJsonObject().entrySet().stream().allMatch(f -> isAbsent(f.getValue()));
    }
    if (value.isJsonArray()) {
      return value.getAsJsonArray().size() == 0;
    }
    JsonPrimitive primitive = value.getAsJsonPrimitive();
    return primitive.isBoolean()
        ? !primitive.getAsBoolean()
        : primitive.isString()
            ? primitive.getAsString().isEmpty()
            : primitive.getAsBigDecimal().signum() == 0;
  }

  private static boolean isText(JsonElement value) {
    return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
  }

  /** A number is the same as its decimal text. */
  private static boolean isSame(JsonElement want, JsonElement got) {
    return want.isJsonPrimitive()
        && got.isJsonPrimitive()
        && want.getAsJsonPrimitive().isBoolean() == got.getAsJsonPrimitive().isBoolean()
        && want.getAsString().equals(got.getAsString());
  }

  private static boolean isNow(JsonElement value) {
    if (value == null || !value.isJsonPrimitive()) {
      return false;
    }
    String text = value.getAsString();
    Instant time =
        text.matches("-?\\d+") ? Instant.ofEpochSecond(Long.parseLong(text)) : Instant.parse(text);
    return Duration.between(time, Instant.now()).abs().compareTo(NOW) <= 0;
  }

  /** The same with all names of saved values replaced. */
  static JsonElement resolve(JsonElement value, Map<String, JsonElement> saved) {
    if (isText(value) && value.getAsString().startsWith("$")) {
      return saved.getOrDefault(value.getAsString().substring(1), JsonNull.INSTANCE);
    }
    if (value.isJsonArray()) {
      JsonArray resolved = new JsonArray();
      value.getAsJsonArray().forEach(element -> resolved.add(resolve(element, saved)));
      return resolved;
    }
    if (value.isJsonObject()) {
      JsonObject resolved = new JsonObject();
      value
          .getAsJsonObject()
          .entrySet()
          .forEach(field -> resolved.add(field.getKey(), resolve(field.getValue(), saved)));
      return resolved;
    }
    return value;
  }

  /** The part of an answer that a dotted path names; null if there is none. */
  static JsonElement pick(JsonElement answer, String path) {
    JsonElement part = answer;
    for (String name : path.split("\\.")) {
      if (part != null && part.isJsonArray()) {
        int index = Integer.parseInt(name);
        part = index < part.getAsJsonArray().size() ? part.getAsJsonArray().get(index) : null;
      } else {
        part = part != null && part.isJsonObject() ? part.getAsJsonObject().get(name) : null;
      }
    }
    return part == null ? JsonNull.INSTANCE : part;
  }
}
