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
import java.util.ArrayList;
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
  private static final List<String> BACKENDS = List.of("memory", "sqlite");
  private static final Map<String, Map<String, String>> RESULTS = new TreeMap<>();

  @TempDir Path folder;

  static Stream<Arguments> filesAndBackends() throws IOException {
    return VectorFile.all().stream()
        .flatMap(file -> BACKENDS.stream().map(backend -> Arguments.of(file, backend)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("filesAndBackends")
  void answersAsRecorded(VectorFile file, String backend) {
    List<JsonObject> requests = file.requests();
    List<String> problems = replay(requests, url(file, backend));
    RESULTS
        .computeIfAbsent(file.name(), name -> new TreeMap<>())
        .put(backend, requests.size() - problems.size() + " of " + requests.size());
    assertEquals(List.of(), problems);
  }

  private String url(VectorFile file, String backend) {
    return backend.equals("memory")
        ? "memory:vectors-" + file.name()
        : backend + ":" + folder.resolve("store.db");
  }

  private static List<String> replay(List<JsonObject> requests, String url) {
    try (Store store = Store.open(url);
        SpireSession session = new SpireSession(store, false)) {
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
    StringBuilder table = new StringBuilder("# Vectors: requests answered as SPIRE does\n\n");
    table.append("| scenario | ").append(String.join(" | ", BACKENDS)).append(" |\n");
    table.append("|---|").append("---|".repeat(BACKENDS.size())).append('\n');
    RESULTS.forEach(
        (name, byBackend) -> {
          table.append("| ").append(name);
          BACKENDS.forEach(
              backend -> table.append(" | ").append(byBackend.getOrDefault(backend, "-")));
          table.append(" |\n");
        });
    Files.writeString(Path.of("target", "vectors.md"), table);
    System.out.print(table);
  }
}
