package io.holdfast.migrate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.math.BigDecimal;
import java.util.regex.Pattern;

/**
 * Checks that the values of a message in JSON are of the kinds that protobuf's JSON form has for
 * its fields. Protobuf's own reader takes numbers, truth values and lists of one for texts, texts
 * for truth values, and works for hours on a number such as 1e999999999.
 */
final class MessageShape {
  private static final int DIGITS_MAX = 40;
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d{1,9})?");

  private MessageShape() {}

  /**
   * Checks a message and what is in it. Unknown fields and numbers out of range are left to
   * protobuf.
   *
   * @param name of the message, for people
   * @throws BadRequest if a value has the wrong kind
   */
  static void check(String name, JsonObject message, Descriptor type) {
    for (String key : message.keySet()) {
      FieldDescriptor field = field(type, key);
      JsonElement value = message.get(key);
      if (field != null && !value.isJsonNull()) {
        check(name + "." + key, value, field);
      }
    }
  }

  private static FieldDescriptor field(Descriptor type, String key) {
    for (FieldDescriptor field : type.getFields()) {
      if (field.getName().equals(key) || field.getJsonName().equals(key)) {
        return field;
      }
    }
    return null;
  }

  private static void check(String name, JsonElement value, FieldDescriptor field) {
    if (!field.isRepeated()) {
      checkOne(name, value, field);
    } else if (value.isJsonArray()) {
      value.getAsJsonArray().forEach(element -> checkOne(name, element, field));
    } else {
      throw Args.wrong(name, "a list", value);
    }
  }

  private static void checkOne(String name, JsonElement value, FieldDescriptor field) {
    switch (field.getJavaType()) {
      case MESSAGE -> {
        if (!value.isJsonObject()) {
          throw Args.wrong(name, "an object", value);
        }
        check(name, value.getAsJsonObject(), field.getMessageType());
      }
      case STRING, BYTE_STRING -> {
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
          throw Args.wrong(name, "text", value);
        }
      }
      case BOOLEAN -> {
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
          throw Args.wrong(name, "true or false", value);
        }
      }
      default -> {
        if (!isNumber(value)) {
          throw Args.wrong(name, "a whole number", value);
        }
      }
    }
  }

  /** Whether a value is a number, or the text of one, and not of a size that nobody can write. */
  private static boolean isNumber(JsonElement value) {
    if (!value.isJsonPrimitive() || value.getAsJsonPrimitive().isBoolean()) {
      return false;
    }
    String text = value.getAsString();
    return text.length() <= DIGITS_MAX
        && NUMBER.matcher(text).matches()
        && Math.abs((long) new BigDecimal(text).scale()) <= DIGITS_MAX;
  }
}
