package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The recorded requests written otherwise are answered as recorded, whatever stands between them
 * that is no request: that is refused, and leaves no trace.
 */
final class SpireExecFormsTest {
  private static final long SEED = Long.getLong("holdfast.forms.seed", 1);

  @Test
  void requestsOfEveryFormAreAnsweredAsRecordedAndOthersLeaveNoTrace() throws IOException {
    RequestForms forms = new RequestForms(new Random(SEED));
    List<String> problems = new ArrayList<>();
    int requests = 0;
    for (VectorFile file : VectorFile.all()) {
      try (Store store = Store.open("memory:" + UUID.randomUUID());
          SpireSession session = new SpireSession(store, false)) {
        Map<String, JsonElement> saved = new HashMap<>();
        for (JsonObject line : file.requests()) {
          JsonObject request = request(line, saved);
          requests++;
          String problem =
              refusal(forms.wrong(request), session, store)
                  + replay(line, request, forms, session, saved);
          if (!problem.isEmpty()) {
            problems.add(file + " " + request + ": " + problem);
          }
        }
      }
    }
    assertEquals(8613, requests);
    assertEquals(List.of(), problems.subList(0, Math.min(problems.size(), 20)));
  }

  private static JsonObject request(JsonObject line, Map<String, JsonElement> saved) {
    JsonObject request = new JsonObject();
    request.addProperty("id", "the id");
    request.add("op", line.get("op"));
    if (line.has("args")) {
      request.add("args", VectorComparison.resolve(line.get("args"), saved));
    }
    return request;
  }

  /** What is wrong with the answer to something that is no request; empty if nothing is. */
  private static String refusal(String line, SpireSession session, Store store) {
    Position before = store.status().head();
    JsonObject answer = answer(session, line.getBytes(UTF_8));
    boolean isRefused =
        answer.has("error")
            && answer.getAsJsonObject("error").get("code").getAsString().equals("InvalidArgument")
            && !answer.has("ok");
    boolean isUntouched = store.status().head().equals(before);
    return isRefused && isUntouched ? "" : line + " is answered with " + answer + "; ";
  }

  private static String replay(
      JsonObject line,
      JsonObject request,
      RequestForms forms,
      SpireSession session,
      Map<String, JsonElement> saved) {
    JsonObject answer = answer(session, forms.same(request).getBytes(UTF_8));
    if (!answer.remove("id").getAsString().equals("the id")) {
      return "another id";
    }
    String problem =
        new VectorComparison(line.get("op").getAsString(), saved)
            .check(answer, line.getAsJsonObject("expect"));
    if (line.has("save")) {
      for (var name : line.getAsJsonObject("save").entrySet()) {
        JsonElement ok = answer.get("ok");
        saved.put(name.getKey(), VectorComparison.pick(ok, name.getValue().getAsString()));
      }
    }
    return problem;
  }

  private static JsonObject answer(SpireSession session, byte[] line) {
    String answer = session.answer(new JsonLines.Line(line, false));
    assertEquals(1, answer.lines().count());
    return JsonParser.parseString(answer).getAsJsonObject();
  }
}
