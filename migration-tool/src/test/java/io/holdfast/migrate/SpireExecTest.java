package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.store.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The operations as JSON lines: what a caller can get wrong. */
final class SpireExecTest {
  private static final String BUNDLE_OP =
      "{\"op\":\"%s\",\"args\":{%s\"trust_domain_id\":\"spiffe://%s\"%s}}\n";
  private static final String GOOD = "{\"id\":\"next\",\"op\":\"CountBundles\"}";

  /** Runs the command over some lines; one answer for each. */
  private static List<JsonObject> answers(byte[] lines, String... options) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Console console = new Console(out, new ByteArrayOutputStream(), false)) {
      CommandLine line =
          new CommandLine(
              new SpireExecCommand(console, new Stores(), new ByteArrayInputStream(lines)));
      List<String> arguments = new ArrayList<>(List.of(options));
      arguments.addAll(List.of("--store", "memory:" + UUID.randomUUID()));
      assertEquals(0, line.execute(arguments.toArray(String[]::new)));
    }
    return out.toString(UTF_8)
        .lines()
        .map(answer -> JsonParser.parseString(answer).getAsJsonObject())
        .toList();
  }

  private static List<JsonObject> answers(String lines, String... options) {
    return answers(lines.getBytes(UTF_8), options);
  }

  private static String code(JsonObject answer) {
    assertTrue(answer.has("ok") != answer.has("error"), answer.toString());
    return answer.has("ok") ? "OK" : answer.getAsJsonObject("error").get("code").getAsString();
  }

  /** Checks that a line is refused, and the next one served. */
  private static void assertRefused(byte[] line) throws IOException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    lines.write(line);
    lines.write(("\n" + GOOD + "\n").getBytes(UTF_8));
    List<JsonObject> answers = answers(lines.toByteArray());
    assertEquals(2, answers.size(), answers.toString());
    assertEquals("InvalidArgument", code(answers.get(0)), answers.toString());
    assertEquals("OK", code(answers.get(1)));
    assertEquals("next", answers.get(1).get("id").getAsString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "7",
        "nonsense",
        GOOD + GOOD,
        "{\"id\":1}",
        "{\"id\":1,\"op\":null}",
        "{\"id\":1,\"op\":7}",
        "{\"id\":1,\"op\":\"Fly\"}",
        "{\"id\":1,\"op\":\"Reset\"}",
        "{\"id\":1,\"op\":\"CountBundles\",\"op\":\"CountBundles\"}",
        "{\"id\":1,\"op\":\"CountBundles\",\"more\":1}",
        "{\"id\":1,\"op\":\"CountBundles\",\"args\":{\"more\":1}}",
        "{\"id\":1,\"op\":\"CountBundles\",\"args\":[]}",
        "{\"id\":1,\"op\":\"FetchBundle\",\"args\":{\"trust_domain_id\":7}}",
        "{\"id\":1,\"op\":\"FetchBundle\",\"args\":{\"trust_domain_id\":\"\\ud800\"}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":[]}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"no_field\":1}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"refresh_hint\":\"x\"}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\"\\udfff\"}}}",
        "{\"id\":1,\"op\":\"DeleteBundle\",\"args\":{\"mode\":\"Explode\"}}",
        "{\"id\":1,\"op\":\"ListBundles\",\"args\":{\"pagination\":{\"page_size\":1.5}}}",
        "{\"id\":1,\"op\":\"ListBundles\",\"args\":{\"pagination\":{\"page_size\":1e999999999}}}",
        "{\"id\":1,\"op\":\"ListBundles\",\"args\":{\"pagination\":{\"page_size\":2147483648}}}",
        "{\"id\":1,\"op\":\"ListBundles\",\"args\":{\"pagination\":{\"page_size\":-1}}}",
        "{\"id\":1,\"op\":\"ListBundles\",\"args\":{\"pagination\":{\"page_size\":\"1\"}}}",
        "{\"id\":1,\"op\":\"FetchAttestedNodeEvent\",\"args\":{\"event_id\":-1}}",
        "{\"id\":1,\"op\":\"PruneJoinTokens\",\"args\":{\"expires_before\":\"tomorrow\"}}",
        "{\"id\":1,\"op\":\"PruneJoinTokens\",\"args\":{\"expires_before\":"
            + "\"2030-13-01T00:00:00Z\"}}",
        "{\"id\":1,\"op\":\"PruneJoinTokens\",\"args\":{\"expires_before\":"
            + "\"2030-01-01T24:00:00Z\"}}",
        "{\"id\":1,\"op\":\"PruneAttestedNodeEvents\",\"args\":{\"older_than\":\"1h\"}}",
        "{\"id\":1,\"op\":\"PruneCAJournals\",\"args\":{\"all_cas_expire_before\":\"9e99\"}}",
        "{\"id\":1,\"op\":\"SetCAJournal\",\"args\":{\"journal\":{\"data\":\"%\"}}}",
        "{\"id\":1,\"op\":\"SetCAJournal\",\"args\":{\"journal\":{\"key\":\"x\"}}}",
        "{\"id\":1,\"op\":\"CountAttestedNodes\",\"args\":{\"by_banned\":\"true\"}}",
        "{\"id\":1,\"op\":\"CountAttestedNodes\",\"args\":{\"by_banned\":TRUE}}",
        "{\"id\":1,\"op\":\"UpdateAttestedNode\"}",
        "{\"id\":1,\"op\":\"EntitledEntries\",\"args\":{\"trust_domain\":\"No Name\"}}"
      })
  void aRequestThatCannotBeReadIsRefusedAndTheNextServed(String line) throws IOException {
    assertRefused(line.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":7}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":[\"x\"]}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":"
            + "{\"sequence_number\":1e999999999}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":"
            + "{\"sequence_number\":\"1e999999999\"}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"jwt_signing_keys\":"
            + "[{\"kid\":\"\\ud800\"}]}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"jwt_signing_keys\":"
            + "[{\"tainted_key\":\"true\"}]}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"root_cas\":"
            + "[{\"der_bytes\":1234}]}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"root_cas\":{}}}}",
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"root_cas\":[null]}}}",
        "{\"id\":1,\"op\":\"CreateAttestedNode\",\"args\":{\"node\":"
            + "{\"spiffe_id\":\"a\",\"agent_version\":\"x\\udc00\"}}}",
        "{\"id\":1,\"op\":\"FetchBundle\",\"args\":{\"trust_domain_id\":\"a\tb\"}}"
      })
  void aValueOfTheWrongKindIsRefused(String line) throws IOException {
    assertRefused(line.getBytes(UTF_8));
  }

  @Test
  void whereALineIsNoJsonIsTold() {
    for (String line :
        List.of("{\"op\":x}", "{\"op\":\"CountBundles\"}}", "[1 2]", "{1:2}", "nul")) {
      String message = answers(line).get(0).getAsJsonObject("error").get("message").getAsString();
      assertTrue(message.matches("not JSON at column [1-9]\\d*|.* behind the JSON value"), message);
    }
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    assertRefused(new byte[] {'{', '"', (byte) 0xc3, '"', ':', '1', '}'});
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    assertRefused("[".repeat(100_000).getBytes(UTF_8));
  }

  @Test
  void aLineMayBeLargeAndTheStoreSaysWhatIsTooLarge() {
    String value = "x".repeat(10 << 20);
    String request =
        "{\"id\":1,\"op\":\"SetBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\"spiffe://a\","
            + "\"jwt_signing_keys\":[{\"kid\":\""
            + value
            + "\"}]}}}\n";
    List<JsonObject> answers = answers(request + GOOD + "\n");
    assertEquals("ResourceExhausted", code(answers.get(0)));
    assertEquals("{\"count\":0}", answers.get(1).get("ok").toString());
  }

  @Test
  void theIdComesBackAsItWasGiven() {
    for (String id : List.of("7", "\"x\"", "null", "[1,{\"a\":2}]", "1.50", "true")) {
      JsonObject answer = answers("{\"id\":" + id + ",\"op\":\"Fly\"}").get(0);
      assertEquals(JsonParser.parseString(id), answer.get("id"));
    }
  }

  @Test
  void resetEmptiesTheStoreWhereItIsAllowed() {
    String create =
        "{\"op\":\"CreateBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\"spiffe://a\"}}}\n";
    List<JsonObject> answers =
        answers(create + "{\"op\":\"Reset\"}\n" + GOOD + "\n" + create, "--allow-reset");
    assertEquals("{}", answers.get(1).get("ok").toString());
    assertEquals("{\"count\":0}", answers.get(2).get("ok").toString());
    assertEquals("OK", code(answers.get(3)));
  }

  /** The tokens that a walk over some bundles is given, each page of so many. */
  private static final class Walk {
    private final StringBuilder lines = new StringBuilder();

    Walk create(String... names) {
      for (String name : names) {
        lines.append(BUNDLE_OP.formatted("CreateBundle", "\"bundle\":{", name, "}"));
      }
      return this;
    }

    Walk delete(String name) {
      lines.append(BUNDLE_OP.formatted("DeleteBundle", "", name, ""));
      return this;
    }

    Walk page(String token, int size) {
      lines.append(
          ("{\"op\":\"ListBundles\",\"args\":{\"pagination\":"
                  + "{\"token\":\"%s\",\"page_size\":%d}}}\n")
              .formatted(token, size));
      return this;
    }

    /** Each page as its bundles and its token. */
    List<String> pages(String... options) {
      return answers(lines.toString(), options).stream()
          .map(answer -> answer.getAsJsonObject("ok"))
          .filter(ok -> ok.has("pagination"))
          .map(
              ok -> {
                StringBuilder page = new StringBuilder();
                for (var bundle : ok.getAsJsonArray("bundles")) {
                  page.append(bundle.getAsJsonObject().get("trust_domain_id").getAsString());
                }
                var token = ok.getAsJsonObject("pagination").get("token").getAsString();
                return page.toString().replace("spiffe://", "") + ":" + token;
              })
          .toList();
    }
  }

  @Test
  void tokensAreNumbersOfRowsForTestSuites() {
    Walk walk = new Walk().create("a", "b", "c", "d", "e");
    walk.page("", 2).page("2", 2).page("4", 2).page("5", 2).page("0", 1).page("77", 1);
    assertEquals(List.of("ab:2", "cd:4", "e:5", ":", "a:1", ":"), walk.pages("--allow-reset"));
    assertTrue(walk.page("", 2).pages().get(0).matches("ab:.{9,}"), "opaque elsewhere");
  }

  @Test
  void theNumberOfATokenStandsForItsRowWhateverIsDeleted() {
    Walk walk = new Walk().create("a", "b", "c", "d", "e").page("", 3).delete("a").delete("c");
    walk.page("3", 1).page("", 2).page("2", 5).page("1", 1).page("", 9);
    walk.create("f").delete("f").create("a", "g").delete("g").page("02", 2).page("5", 2);
    walk.delete("e").page("6", 1).page("8", 1).page("", 9);
    assertEquals(
        List.of("abc:3", "d:4", "bd:4", "de:5", "b:2", "bde:5", "de:5", "a:7", "a:7", ":", "bda:7"),
        walk.pages("--allow-reset"));
  }

  @Test
  void aRowWithoutAnIdHasANumberToo() {
    String lines =
        """
        {"op":"CreateBundle","args":{"bundle":{}}}
        {"op":"CreateAttestedNode","args":{"node":{}}}
        {"op":"ListBundles","args":{"pagination":{"page_size":1}}}
        {"op":"ListAttestedNodes","args":{"pagination":{"page_size":1}}}
        """;
    List<JsonObject> answers = answers(lines, "--allow-reset");
    String page = "{\"%s\":[{}],\"pagination\":{\"token\":\"1\",\"page_size\":1}}";
    assertEquals(page.formatted("bundles"), answers.get(2).get("ok").toString());
    assertEquals(page.formatted("nodes"), answers.get(3).get("ok").toString());
  }

  @Test
  void agentsAreJudgedAndGetTheirEntries() {
    String agent = "spiffe://example.org/spire/agent/a";
    String entry =
        "{\"op\":\"CreateRegistrationEntry\",\"args\":{\"entry\":{\"entry_id\":\"%s\","
            + "\"parent_id\":\"%s\",\"spiffe_id\":\"spiffe://example.org/%s\","
            + "\"selectors\":[{\"type\":\"unix\",\"value\":\"uid:1\"}]}}}";
    String judge =
        "{\"op\":\"AuthorizeAgent\",\"args\":{\"spiffe_id\":\"%s\","
            + "\"serial_number\":\"%s\",\"at\":\"%s\"}}";
    String before = "2030-01-01T00:00:00Z";
    List<JsonObject> answers =
        answers(
            String.join(
                "\n",
                "{\"op\":\"CreateAttestedNode\",\"args\":{\"node\":{\"spiffe_id\":\""
                    + agent
                    + "\",\"cert_serial_number\":\"1\",\"new_cert_serial_number\":\"2\","
                    + "\"cert_not_after\":\"1900000000\",\"new_cert_not_after\":\"1900000000\"}}}",
                entry.formatted("e2", agent, "x"),
                entry.formatted("E10", "spiffe://example.org/x", "y"),
                "{\"op\":\"EntitledEntries\",\"args\":{\"spiffe_id\":\""
                    + agent
                    + "\",\"trust_domain\":\"example.org\"}}",
                judge.formatted(agent, "1", before),
                judge.formatted(agent, "2", before),
                judge.formatted(agent, "3", before),
                judge.formatted(agent, "1", "2040-01-01T00:00:00Z"),
                judge.formatted("spiffe://example.org/nobody", "1", before)));
    assertEquals("{\"entry_ids\":[\"E10\",\"e2\"]}", answers.get(3).get("ok").toString());
    assertEquals(
        List.of("active", "active_new_serial", "superseded", "expired", "unknown"),
        answers.subList(4, 9).stream()
            .map(answer -> answer.getAsJsonObject("ok").get("verdict").getAsString())
            .toList());
  }

  @Test
  void aTokenOfAnotherListIsRefused() {
    String bundle =
        "{\"op\":\"CreateBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\"spiffe://a\"}}}\n";
    String page =
        "{\"op\":\"List%s\",\"args\":{\"pagination\":{\"page_size\":1,\"token\":\"%s\"}}}";
    try (Store store = Store.open("memory:" + UUID.randomUUID());
        SpireSession session = new SpireSession(store, false)) {
      answer(session, bundle);
      JsonObject bundles = answer(session, page.formatted("Bundles", ""));
      String token =
          bundles.getAsJsonObject("ok").getAsJsonObject("pagination").get("token").getAsString();
      assertEquals("OK", code(answer(session, page.formatted("Bundles", token))));
      JsonObject refused = answer(session, page.formatted("AttestedNodes", token));
      assertEquals("InvalidArgument", code(refused));
    }
  }

  private static JsonObject answer(SpireSession session, String line) {
    String answer = session.answer(new JsonLines.Line(line.getBytes(UTF_8), false));
    return JsonParser.parseString(answer).getAsJsonObject();
  }

  @Test
  void recordedRequestsWithDamageAreAnswered() throws IOException {
    Random random = new Random(20_261);
    try (Store store = Store.open("memory:" + UUID.randomUUID());
        SpireSession session = new SpireSession(store, false)) {
      for (VectorFile file : VectorFile.all()) {
        for (JsonObject request : file.requests()) {
          byte[] line = request(request).getBytes(UTF_8);
          if (line.length < 2_000) {
            damage(line, random);
            String answer = session.answer(new JsonLines.Line(line, false));
            String code = code(JsonParser.parseString(answer).getAsJsonObject());
            boolean isOwnFault = code.equals("Internal") && !answer.contains("parse root");
            assertTrue(!isOwnFault || answer.contains("unmarshal"), answer);
          }
        }
      }
    }
  }

  private static String request(JsonObject recorded) {
    JsonObject request = new JsonObject();
    request.add("op", recorded.get("op"));
    request.add("args", recorded.get("args"));
    return request.toString();
  }

  private static void damage(byte[] line, Random random) {
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(line.length);
      switch (random.nextInt(3)) {
        case 0 -> line[at] = (byte) random.nextInt(256);
        case 1 -> line[at] = (byte) "0123456789{}[]\",:-.eE\\u".charAt(random.nextInt(23));
        default -> {
          int from = random.nextInt(line.length);
          int length = Math.min(random.nextInt(8), line.length - Math.max(from, at));
          System.arraycopy(line, from, line, at, length);
        }
      }
    }
  }
}
