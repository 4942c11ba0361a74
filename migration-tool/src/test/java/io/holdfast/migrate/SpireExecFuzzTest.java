package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Requests that nobody should send are answered with an error that has a code, one line each. */
final class SpireExecFuzzTest {
  private static final Set<String> CODES =
      Set.of(
          "NotFound",
          "AlreadyExists",
          "InvalidArgument",
          "FailedPrecondition",
          "ResourceExhausted",
          "Unknown",
          "Internal");

  /** Where SPIRE itself answers Unknown or Internal. */
  private static final Pattern SPIRES_OWN =
      Pattern.compile(
          "datastore-sql: missing bundle in request"
              + "|datastore-sql: invalid request: missing attested node"
              + "|datastore-sql: can't set both greater and less than event id"
              + "|token and expiry are required|unable to find federated bundle \""
              + "|prune failed: (cannot parse certificates|expiration time is|would prune all)"
              + "|unable to unmarshal entries from CA journal record: "
              + "|another (JWT Key|key) found with the same KeyID|failed to parse root ?CA: ");

  private static final List<JsonElement> ODD =
      List.of(
          JsonNull.INSTANCE,
          new JsonPrimitive(true),
          new JsonPrimitive(-1),
          new JsonPrimitive(1.5),
          new JsonPrimitive(new BigInteger("9".repeat(400))),
          new JsonPrimitive(Long.MIN_VALUE),
          new JsonPrimitive("18446744073709551616"),
          new JsonPrimitive(""),
          new JsonPrimitive("\uD800"),
          new JsonPrimitive("\u0000"),
          new JsonPrimitive("x".repeat(10_000)),
          new JsonPrimitive("9999-99-99T99:99:99Z"),
          new JsonPrimitive("+1000000000-01-01T00:00:00Z"),
          new JsonPrimitive("1e400s"),
          new JsonPrimitive("***"),
          new JsonArray(),
          new JsonObject());

  @Test
  void mutatedRequestsAreAnsweredWithATypedError() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<JsonObject> requests = new ArrayList<>();
    for (VectorFile file : VectorFile.all()) {
      requests.addAll(file.requests());
    }
    try (Store store = Store.open("memory:fuzz-" + seed);
        SpireSession session = new SpireSession(store, random.nextBoolean())) {
      for (int i = 0; i < 6_000; i++) {
        JsonObject line = requests.get(random.nextInt(requests.size()));
        JsonObject request = new JsonObject();
        request.add("op", line.get("op"));
        JsonElement args = line.has("args") ? line.get("args").deepCopy() : new JsonObject();
        request.add("args", random.nextInt(10) == 0 ? odd(random) : mutate(args, random));
        // As UTF-8 half of a surrogate pair would be a question mark.
        byte[] bytes = request.toString().replace("\uD800", "\\ud800").getBytes(UTF_8);
        if (random.nextInt(5) == 0 && bytes.length > 0) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Position before = store.status().head();
        String answer = session.answer(new JsonLines.Line(bytes, false));
        boolean isError = assertAnswer(answer, bytes, seed);
        assertTrue(!isError || store.status().head().equals(before), answer);
      }
    }
  }

  /** Checks an answer; whether it is an error. */
  private static boolean assertAnswer(String answer, byte[] request, long seed) {
    String about = "seed " + seed + ": " + new String(request, UTF_8) + " -> " + answer;
    assertEquals(1, answer.lines().count(), about);
    JsonObject json = JsonParser.parseString(answer).getAsJsonObject();
    assertTrue(json.has("ok") != json.has("error"), about);
    if (json.has("error")) {
      JsonObject error = json.getAsJsonObject("error");
      String code = error.get("code").getAsString();
      assertTrue(CODES.contains(code), about);
      String message = error.get("message").getAsString();
      boolean isOdd = code.equals("Unknown") || code.equals("Internal");
      assertTrue(!isOdd || SPIRES_OWN.matcher(message).lookingAt(), about);
    }
    return json.has("error");
  }

  private static JsonElement odd(Random random) {
    return ODD.get(random.nextInt(ODD.size()));
  }

  /** Changes one value somewhere below. */
  private static JsonElement mutate(JsonElement value, Random random) {
    if (value.isJsonObject() && value.getAsJsonObject().size() > 0 && random.nextInt(4) > 0) {
      JsonObject object = value.getAsJsonObject();
      List<Map.Entry<String, JsonElement>> fields = new ArrayList<>(object.entrySet());
      Map.Entry<String, JsonElement> field = fields.get(random.nextInt(fields.size()));
      object.add(field.getKey(), mutate(field.getValue(), random));
      return object;
    }
    if (value.isJsonArray() && value.getAsJsonArray().size() > 0 && random.nextInt(4) > 0) {
      JsonArray array = value.getAsJsonArray();
      int index = random.nextInt(array.size());
      array.set(index, mutate(array.get(index), random));
      return array;
    }
    return odd(random);
  }

  @Test
  void linesThatAreNoRequestsAreAnsweredAndTheNextOneIsServed() throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (byte[] line :
        List.of(
            "{\"op\":\"CountBundles\",\"op\":\"CountBundles\"}".getBytes(UTF_8),
            "{\"op\":\"CountBundles\",\"args\":{\"a\":1,\"a\":2}}".getBytes(UTF_8),
            new byte[] {(byte) 0xff, (byte) 0xfe, 0},
            ("{\"op\":\"FetchBundle\",\"args\":{\"trust_domain_id\":\"" + (char) 0 + "\"}}")
                .getBytes(UTF_8),
            ("{\"op\":\"CreateBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\""
                    + "x".repeat(10_000_000)
                    + "\"}}}")
                .getBytes(UTF_8),
            ("[".repeat(100_000) + "]".repeat(100_000)).getBytes(UTF_8),
            "{\"op\":".repeat(50_000).getBytes(UTF_8),
            "[]".getBytes(UTF_8),
            "NaN".getBytes(UTF_8),
            "".getBytes(UTF_8),
            "{\"op\":\"Launch\"}".getBytes(UTF_8))) {
      lines.write(line);
      lines.write('\n');
    }
    lines.write("{\"id\":\"last\",\"op\":\"CountBundles\"}\n".getBytes(UTF_8));
    try (Store store = Store.open("memory:lines");
        SpireSession session = new SpireSession(store, false)) {
      JsonLines in = new JsonLines(new ByteArrayInputStream(lines.toByteArray()));
      List<String> answers = new ArrayList<>();
      for (JsonLines.Line line = in.next(); line != null; line = in.next()) {
        answers.add(session.answer(line));
      }
      String last = answers.remove(answers.size() - 1);
      assertEquals("{\"id\":\"last\",\"ok\":{\"count\":0}}", last);
      for (String answer : answers) {
        JsonObject json = JsonParser.parseString(answer).getAsJsonObject();
        if (json.has("error")) {
          String code = json.getAsJsonObject("error").get("code").getAsString();
          assertTrue(Set.of("InvalidArgument", "ResourceExhausted").contains(code), answer);
        }
      }
    }
  }

  @Test
  void tokensOfOtherListsAndStoresAreRefusedOrEmpty() {
    try (Store one = Store.open("memory:tokens-one");
        Store two = Store.open("memory:tokens-two");
        SpireSession first = new SpireSession(one, false);
        SpireSession second = new SpireSession(two, false)) {
      for (SpireSession session : List.of(first, second)) {
        for (String name : List.of("a", "b", "c")) {
          ask(session, "CreateBundle", "{\"bundle\":{\"trust_domain_id\":\"" + name + "\"}}");
          ask(session, "CreateAttestedNode", "{\"node\":{\"spiffe_id\":\"" + name + "\"}}");
        }
      }
      String token =
          ask(first, "ListBundles", "{\"pagination\":{\"page_size\":1}}")
              .getAsJsonObject("ok")
              .getAsJsonObject("pagination")
              .get("token")
              .getAsString();
      String page = "{\"pagination\":{\"page_size\":10,\"token\":\"" + token + "\"}}";
      JsonObject other = ask(first, "ListAttestedNodes", page);
      assertEquals("InvalidArgument", other.getAsJsonObject("error").get("code").getAsString());
      JsonObject elsewhere = ask(second, "ListBundles", page);
      assertTrue(elsewhere.has("ok") || elsewhere.has("error"), elsewhere.toString());
      for (String wrong : List.of("-1", "18446744073709551616", "x".repeat(100_000), "\\u0000")) {
        String bad = "{\"pagination\":{\"page_size\":10,\"token\":\"" + wrong + "\"}}";
        JsonObject refused = ask(first, "ListBundles", bad);
        assertEquals("InvalidArgument", refused.getAsJsonObject("error").get("code").getAsString());
      }
      JsonObject most = ask(first, "ListBundles", "{\"pagination\":{\"page_size\":2147483647}}");
      assertEquals(3, most.getAsJsonObject("ok").getAsJsonArray("bundles").size());
    }
  }

  private static JsonObject ask(SpireSession session, String op, String args) {
    String line = "{\"op\":\"" + op + "\",\"args\":" + args + "}";
    return JsonParser.parseString(session.answer(new JsonLines.Line(line.getBytes(UTF_8), false)))
        .getAsJsonObject();
  }
}
