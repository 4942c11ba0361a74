package io.holdfast.migrate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.internal.LazilyParsedNumber;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads JSON more strictly than Gson does: no field twice, nothing behind it, not too deep, and no
 * text with half of a surrogate pair, of which UTF-8 would make a question mark.
 */
final class JsonText {
  private static final int DEPTH_MAX = 64;

  /** Where in a text a message of Gson's says that something is wrong. */
  private static final Pattern COLUMN = Pattern.compile(" at line \\d+ column (\\d+)");

  private final JsonReader reader;

  private JsonText(JsonReader reader) {
    this.reader = reader;
    reader.setStrictness(Strictness.STRICT);
  }

  /** Reads the one value that a text is. */
  static JsonElement parse(String text) {
    try {
      JsonText json = new JsonText(new JsonReader(new StringReader(text)));
      JsonElement value = json.value(0);
      if (json.reader.peek() != JsonToken.END_DOCUMENT) {
        throw new BadRequest("there is something behind the JSON value");
      }
      return value;
    } catch (EOFException e) {
      throw new BadRequest("the JSON value is cut off");
    } catch (MalformedJsonException | IllegalStateException | NumberFormatException e) {
      // Gson advises programmers; whoever has written the line wants to know where to look.
      Matcher where = COLUMN.matcher(String.valueOf(e.getMessage()));
      throw new BadRequest("not JSON" + (where.find() ? " at column " + where.group(1) : ""));
    } catch (IOException e) {
      throw new AssertionError("a text in memory can be read", e);
    }
  }

  private JsonElement value(int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw new BadRequest("the JSON value is nested more than " + DEPTH_MAX + " deep");
    }
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> object(depth);
      case BEGIN_ARRAY -> array(depth);
      case STRING -> new JsonPrimitive(wellFormed(reader.nextString()));
      case NUMBER -> new JsonPrimitive(new LazilyParsedNumber(reader.nextString()));
      case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
      default -> {
        reader.nextNull();
        yield JsonNull.INSTANCE;
      }
    };
  }

  private JsonObject object(int depth) throws IOException {
    JsonObject object = new JsonObject();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = wellFormed(reader.nextName());
      if (object.has(name)) {
        throw new BadRequest("field \"" + name + "\" comes twice");
      }
      object.add(name, value(depth + 1));
    }
    reader.endObject();
    return object;
  }

  private static String wellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean isPair =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!isPair) {
          throw new BadRequest("a text has half of a surrogate pair");
        }
        i++;
      }
    }
    return text;
  }

  private JsonArray array(int depth) throws IOException {
    JsonArray array = new JsonArray();
    reader.beginArray();
    while (reader.hasNext()) {
      array.add(value(depth + 1));
    }
    reader.endArray();
    return array;
  }
}
