package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Replays what SPIRE's own data store answered, on every kind of store, and writes a table of the
 * results to {@code target/vectors.md}.
 */
final class SpireVectorsTest {
  private static final Map<String, Map<TestStores, String>> RESULTS = new TreeMap<>();
  private static final Map<TestStores, Duration> TIMES = new EnumMap<>(TestStores.class);
  private static final Map<TestStores, Store> STORES = new EnumMap<>(TestStores.class);

  @TempDir static Path folder;

  static Stream<Arguments> filesAndBackends() throws IOException {
    return VectorFile.all().stream()
        .flatMap(file -> Stream.of(TestStores.values()).map(store -> Arguments.of(file, store)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("filesAndBackends")
  void answersAsRecorded(VectorFile file, TestStores backend) {
    List<JsonObject> requests = file.requests();
    Store store = STORES.computeIfAbsent(backend, any -> Store.open(backend.fresh(folder)));
    Instant begin = Instant.now();
    List<String> problems = replay(requests, store);
    TIMES.merge(backend, Duration.between(begin, Instant.now()), Duration::plus);
    RESULTS
        .computeIfAbsent(file.name(), name -> new EnumMap<>(TestStores.class))
        .put(backend, requests.size() - problems.size() + " of " + requests.size());
    assertEquals(List.of(), problems);
  }

  private static List<String> replay(List<JsonObject> requests, Store store) {
    try (SpireSession session = new SpireSession(store, true)) {
      JsonLines.Line reset = new JsonLines.Line("{\"op\":\"Reset\"}".getBytes(UTF_8), false);
      assertEquals("{\"id\":null,\"ok\":{}}", session.answer(reset));
      List<String> problems = new ArrayList<>();
      Map<String, JsonElement> saved = new HashMap<>();
      for (int i = 0; i < requests.size(); i++) {
        String problem = replay(requests.get(i), i, session, saved);
        if (!problem.isEmpty()) {
          problems.add("line " + (i + 2) + " " + requests.get(i).get("op") + ": " + problem);
        }
      }
      return problems;
    }
  }

  private static String replay(
      JsonObject line, int id, SpireSession session, Map<String, JsonElement> saved) {
    String op = line.get("op").getAsString();
    JsonObject request = new JsonObject();
    request.addProperty("id", id);
    request.addProperty("op", op);
    if (line.has("args")) {
      request.add("args", VectorComparison.resolve(line.get("args"), saved));
    }
    byte[] bytes = request.toString().getBytes(UTF_8);
    JsonObject answer =
        JsonParser.parseString(session.answer(new JsonLines.Line(bytes, false))).getAsJsonObject();
    assertEquals(id, answer.remove("id").getAsInt());
    String problem = new VectorComparison(op, saved).check(answer, line.getAsJsonObject("expect"));
    if (line.has("save")) {
      for (var name : line.getAsJsonObject("save").entrySet()) {
        JsonElement ok = answer.get("ok");
        saved.put(name.getKey(), VectorComparison.pick(ok, name.getValue().getAsString()));
      }
    }
    return problem;
  }

  @Test
  void theFilesAreThere() throws IOException {
    List<VectorFile> files = VectorFile.all();
    assertEquals(77, files.size());
    assertEquals(8613, files.stream().mapToInt(file -> file.requests().size()).sum());
  }

  @Test
  void anotherAnswerIsTold() {
    JsonObject expected = JsonParser.parseString("{\"ok\":{\"count\":2}}").getAsJsonObject();
    VectorComparison comparison = new VectorComparison("CountBundles", Map.of());
    for (String wrong :
        List.of(
            "{\"ok\":{\"count\":3}}",
            "{\"ok\":{}}",
            "{\"ok\":{\"count\":2,\"more\":1}}",
            "{\"error\":{\"code\":\"Unknown\",\"message\":\"\"}}")) {
      JsonObject answer = JsonParser.parseString(wrong).getAsJsonObject();
      assertTrue(!comparison.check(answer, expected).isEmpty(), wrong);
    }
    JsonObject right = JsonParser.parseString("{\"ok\":{\"count\":\"2\"}}").getAsJsonObject();
    assertEquals("", comparison.check(right, expected));
  }

  @AfterAll
  static void writeTable() throws IOException {
    STORES.values().forEach(Store::close);
    List<TestStores> stores = List.of(TestStores.values());
    StringBuilder table = new StringBuilder("# Vectors: requests answered as SPIRE does\n\n");
    table.append("| scenario |");
    stores.forEach(store -> table.append(' ').append(store).append(" |"));
    table.append("\n|---|").append("---|".repeat(stores.size())).append('\n');
    RESULTS.forEach(
        (name, byStore) -> {
          table.append("| ").append(name).append(" |");
          stores.forEach(
              store -> table.append(' ').append(byStore.getOrDefault(store, "-")).append(" |"));
          table.append('\n');
        });
    table.append("| seconds |");
    stores.forEach(
        store ->
            table
                .append(' ')
                .append(TIMES.getOrDefault(store, Duration.ZERO).toSeconds())
                .append(" |"));
    table.append('\n');
    Files.writeString(Path.of("target", "vectors.md"), table);
    System.out.print(table);
  }
}
