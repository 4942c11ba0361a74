package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Makes JSON of what the data store answers. */
final class Json {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace();

  private Json() {}

  static JsonObject of(MessageOrBuilder message) {
    try {
      return JsonText.parse(PRINTER.print(message)).getAsJsonObject();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("only messages of unknown types cannot be printed", e);
    }
  }

  /** An object with one field. */
  static JsonObject field(String name, JsonElement value) {
    JsonObject object = new JsonObject();
    object.add(name, value);
    return object;
  }

  static JsonObject field(String name, MessageOrBuilder message) {
    return field(name, of(message));
  }

  /** An object with one field, or without. */
  static JsonObject field(String name, Optional<? extends MessageOrBuilder> message) {
    return message.map(found -> field(name, found)).orElseGet(JsonObject::new);
  }

  static <T> JsonArray list(Collection<T> elements, Function<T, ? extends JsonElement> json) {
    JsonArray array = new JsonArray();
    elements.forEach(element -> array.add(json.apply(element)));
    return array;
  }

  static <T> JsonObject map(Map<String, T> elements, Function<T, ? extends JsonElement> json) {
    JsonObject object = new JsonObject();
    elements.forEach((key, element) -> object.add(key, json.apply(element)));
    return object;
  }
}
