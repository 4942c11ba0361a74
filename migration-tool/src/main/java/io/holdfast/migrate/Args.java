package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import io.holdfast.datastore.spire.SpireDatastore;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.text.ParseException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The fields of a JSON object, read as what they have to be; null and left out are the same. */
final class Args {
  private static final Pattern TIME =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT([01]\\d|2[0-3]):\\d\\d:\\d\\d(\\.\\d{1,9})?Z");
  private static final int DIGITS_MAX = 40;

  private final JsonObject fields;

  private Args(JsonObject fields) {
    this.fields = fields;
  }

  /**
   * The fields of an object, which may be left out.
   *
   * @throws BadRequest if it has others than these
   */
  static Args of(JsonElement value, Set<String> known) {
    if (value == null || value.isJsonNull()) {
      return new Args(new JsonObject());
    }
    if (!value.isJsonObject()) {
      throw new BadRequest("not an object: " + shortened(value));
    }
    for (String name : value.getAsJsonObject().keySet()) {
      if (!known.contains(name)) {
        throw new BadRequest("unknown field \"" + name + "\"; there are " + known);
      }
    }
    return new Args(value.getAsJsonObject());
  }

  /** A field; empty if it is null or left out. */
  Optional<JsonElement> find(String name) {
    return Optional.ofNullable(fields.get(name)).filter(value -> !value.isJsonNull());
  }

  /** Text; empty if left out. */
  String text(String name) {
    return find(name).map(value -> text(name, value)).orElse("");
  }

  private static String text(String name, JsonElement value) {
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw wrong(name, "text", value);
    }
    return value.getAsString();
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonElement value : elements(name)) {
      texts.add(text(name, value));
    }
    return texts;
  }

  private JsonArray elements(String name) {
    Optional<JsonElement> found = find(name);
    if (found.isPresent() && !found.get().isJsonArray()) {
      throw wrong(name, "a list", found.get());
    }
    return found.map(JsonElement::getAsJsonArray).orElseGet(JsonArray::new);
  }

  Optional<Boolean> flag(String name) {
    return find(name)
        .map(
            value -> {
              if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
                throw wrong(name, "true or false", value);
              }
              return value.getAsBoolean();
            });
  }

  /** A whole number of 32 bits; 0 if left out. */
  int int32(String name) {
    return integer(name, false, Integer.MIN_VALUE, Integer.MAX_VALUE).intValue();
  }

  /** A whole number from 0 to 2^64-1; 0 if left out. */
  long uint64(String name) {
    BigInteger most = BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);
    return integer(name, false, BigInteger.ZERO, most).longValue();
  }

  /** A whole number of 64 bits, also as decimal text; 0 if left out. */
  long int64(String name) {
    return integer(name, true, Long.MIN_VALUE, Long.MAX_VALUE).longValue();
  }

  private BigInteger integer(String name, boolean orText, long least, long most) {
    return integer(name, orText, BigInteger.valueOf(least), BigInteger.valueOf(most));
  }

  private BigInteger integer(String name, boolean orText, BigInteger least, BigInteger most) {
    Optional<JsonElement> found = find(name);
    if (found.isEmpty()) {
      return BigInteger.ZERO;
    }
    JsonElement value = found.get();
    boolean readable =
        value.isJsonPrimitive()
            && (value.getAsJsonPrimitive().isNumber()
                || orText && value.getAsJsonPrimitive().isString())
            && value.getAsString().length() <= DIGITS_MAX;
    if (!readable) {
      throw wrong(name, "a whole number", value);
    }
    try {
      BigDecimal decimal = new BigDecimal(value.getAsString());
      // A huge exponent would be written out before it is compared.
      if (Math.abs((long) decimal.scale()) > DIGITS_MAX) {
        throw wrong(name, "a whole number", value);
      }
      BigInteger number = decimal.toBigIntegerExact();
      if (number.compareTo(least) < 0 || number.compareTo(most) > 0) {
        throw wrong(name, "a number from " + least + " to " + most, value);
      }
      return number;
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong(name, "a whole number", value);
    }
  }

  /** A time in RFC 3339; {@link SpireDatastore#NO_TIME} if left out. */
  Instant time(String name) {
    String text = text(name);
    if (text.isEmpty()) {
      return SpireDatastore.NO_TIME;
    }
    try {
      if (TIME.matcher(text).matches()) {
        return Instant.parse(text);
      }
    } catch (DateTimeException e) {
      // Told below, as for what does not even look like a time.
    }
    throw wrong(name, "a time like 2030-01-02T03:04:05Z", new JsonPrimitive(text));
  }

  /** A duration in seconds; zero if left out. */
  Duration duration(String name) {
    String text = text(name);
    if (text.isEmpty()) {
      return Duration.ZERO;
    }
    try {
      var parsed = Durations.parse(text);
      return Duration.ofSeconds(parsed.getSeconds(), parsed.getNanos());
    } catch (ParseException | IllegalArgumentException e) {
      throw wrong(name, "a duration like 3600s", new JsonPrimitive(text));
    }
  }

  /** One of several names; the first value if left out. */
  <E extends Enum<E>> E choice(String name, List<String> names, E[] values) {
    String text = text(name);
    int index = text.isEmpty() ? 0 : names.indexOf(text);
    if (index < 0) {
      throw wrong(name, "one of " + names, new JsonPrimitive(text));
    }
    return values[index];
  }

  /** A protobuf message; null if left out. */
  <M extends Message> M message(String name, M type) {
    return find(name).map(value -> message(name, value, type)).orElse(null);
  }

  /** A list of protobuf messages. */
  <M extends Message> List<M> messages(String name, M type) {
    List<M> messages = new ArrayList<>();
    for (JsonElement value : elements(name)) {
      messages.add(message(name, value, type));
    }
    return messages;
  }

  @SuppressWarnings("unchecked") // a builder of the type builds the type
  private static <M extends Message> M message(String name, JsonElement value, M type) {
    if (!value.isJsonObject()) {
      throw wrong(name, "an object", value);
    }
    MessageShape.check(name, value.getAsJsonObject(), type.getDescriptorForType());
    try {
      Message.Builder builder = type.newBuilderForType();
      JsonFormat.parser().merge(value.toString(), builder);
      return (M) builder.build();
    } catch (InvalidProtocolBufferException e) {
      throw new BadRequest(name + ": " + e.getMessage());
    }
  }

  /** What is wrong with a value. */
  static BadRequest wrong(String name, String wanted, JsonElement value) {
    return new BadRequest(name + " has to be " + wanted + ", not " + shortened(value));
  }

  private static String shortened(JsonElement value) {
    String text = value.toString();
    return text.length() <= DIGITS_MAX ? text : text.substring(0, DIGITS_MAX) + "...";
  }
}
