package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Other ways to write a request: ones that mean the same, and ones that mean nothing. */
final class RequestForms {
  private static final Set<String> MESSAGES =
      Set.of("bundle", "entry", "node", "mask", "trust_domain_bundle");
  private static final Set<String> WIDE =
      Set.of(
          "cert_not_after",
          "new_cert_not_after",
          "entryExpiry",
          "refresh_hint",
          "sequence_number",
          "not_after");

  private final Random random;

  RequestForms(Random random) {
    this.random = random;
  }

  /** The same request, written otherwise. */
  String same(JsonObject request) {
    return write(request, false);
  }

  private String write(JsonElement value, boolean inMessage) {
    if (value.isJsonArray()) {
      return StreamSupport.stream(value.getAsJsonArray().spliterator(), false)
          .map(element -> write(element, inMessage))
          .collect(Collectors.joining("," + blank(), "[" + blank(), blank() + "]"));
    }
    if (value.isJsonObject()) {
      List<Map.Entry<String, JsonElement>> fields =
          new ArrayList<>(value.getAsJsonObject().entrySet());
      Collections.shuffle(fields, random);
      return fields.stream()
          .map(field -> write(field, inMessage))
          .collect(Collectors.joining("," + blank(), "{" + blank(), blank() + "}"));
    }
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()
        ? text(value.getAsString())
        : value.toString();
  }

  private String write(Map.Entry<String, JsonElement> field, boolean inMessage) {
    String name = inMessage && random.nextBoolean() ? camelCase(field.getKey()) : field.getKey();
    JsonElement value = field.getValue();
    if (inMessage && WIDE.contains(field.getKey()) && isNumber(value)) {
      value =
          random.nextBoolean()
              ? new JsonPrimitive(value.getAsString())
              : new JsonPrimitive(value.getAsBigInteger());
    }
    boolean isMessage =
        inMessage || (MESSAGES.contains(field.getKey()) && field.getValue().isJsonObject());
    return text(name) + blank() + ":" + blank() + write(value, isMessage);
  }

  private static boolean isNumber(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsString().matches("-?\\d+");
  }

  private String blank() {
    return " ".repeat(random.nextInt(2)) + (random.nextInt(10) == 0 ? "\t\r" : "");
  }

  private String text(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '"' || c == '\\' || random.nextInt(20) == 0) {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    // Never one half of a pair escaped and the other not, which would be another text to some.
    String whole = json.append('"').toString();
    return text.chars().anyMatch(c -> Character.isSurrogate((char) c))
        ? new JsonPrimitive(text).toString()
        : whole;
  }

  private static String camelCase(String name) {
    StringBuilder camel = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      boolean up = name.charAt(i) == '_' && i + 1 < name.length();
      camel.append(up ? Character.toUpperCase(name.charAt(++i)) : name.charAt(i));
    }
    return camel.toString();
  }

  /** Something like the request that no reader may take for a request. */
  String wrong(JsonObject request) {
    String text = request.toString();
    return switch (random.nextInt(9)) {
      case 0 -> text.substring(0, 1 + random.nextInt(text.length() - 1));
      case 1 -> text + List.of("x", "{}", ",", "]", text).get(random.nextInt(5));
      case 2 -> "{\"op\":" + request.get("op") + "," + text.substring(1);
      case 3 -> text.substring(0, text.length() - 1) + ",\"more\":null}";
      case 4 -> text.substring(0, text.length() - 1) + ",}";
      case 5 -> with(request, "op", new JsonPrimitive(request.get("op").getAsString() + "s"));
      case 6 -> with(request, "args", new JsonArray());
      case 7 -> text.replaceFirst("\":", "\":/*" + "*/");
      default -> {
        JsonObject copy = request.deepCopy();
        copy.add("args", wrongLeaf(copy.get("args")));
        // As UTF-8 they would be question marks.
        yield copy.toString().replace("\uD800", "\\ud800").replace("\uDC00", "\\udc00");
      }
    };
  }

  private static String with(JsonObject request, String field, JsonElement value) {
    JsonObject copy = request.deepCopy();
    copy.add(field, value);
    return copy.toString();
  }

  /** Puts something of another kind in the place of a value. */
  private JsonElement wrongLeaf(JsonElement value) {
    if (value == null || value.isJsonNull()) {
      return new JsonPrimitive(7);
    }
    if (value.isJsonObject() && value.getAsJsonObject().size() > 0) {
      JsonObject object = value.getAsJsonObject();
      List<String> names = new ArrayList<>(object.keySet());
      String name = names.get(random.nextInt(names.size()));
      object.add(name, wrongLeaf(object.get(name)));
      return object;
    }
    if (value.isJsonArray() && value.getAsJsonArray().size() > 0) {
      JsonArray array = value.getAsJsonArray();
      int index = random.nextInt(array.size());
      array.set(index, wrongLeaf(array.get(index)));
      return array;
    }
    List<JsonElement> others = new ArrayList<>();
    if (value.isJsonObject() || value.isJsonArray()) {
      others.add(value.isJsonObject() ? new JsonArray() : new JsonObject());
      others.add(new JsonPrimitive("{}"));
    } else {
      JsonArray list = new JsonArray();
      list.add(value);
      others.add(list);
      others.add(new JsonObject());
      addPrimitives(value.getAsJsonPrimitive(), others);
    }
    return others.get(random.nextInt(others.size()));
  }

  private static void addPrimitives(JsonPrimitive value, List<JsonElement> others) {
    if (value.isBoolean()) {
      others.add(new JsonPrimitive(value.toString()));
      others.add(new JsonPrimitive(1));
      return;
    }
    others.add(new JsonPrimitive(true));
    if (value.isNumber()) {
      others.add(new JsonPrimitive(1.5));
      others.add(new JsonPrimitive(new java.math.BigDecimal("1e999999999")));
      others.add(new JsonPrimitive("ten"));
    } else {
      others.add(new JsonPrimitive("\uD800" + value.getAsString()));
      others.add(new JsonPrimitive(value.getAsString() + "\uDC00"));
    }
  }
}
