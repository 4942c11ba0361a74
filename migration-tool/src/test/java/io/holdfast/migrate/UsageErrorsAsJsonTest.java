package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that reads the output learns of every failure there, and once. */
final class UsageErrorsAsJsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "migrate legacy --output=json",
        "migrate legacy --output json --from=jdbc:sqlite:x --frm=y",
        "migrate legacy --from=jdbc:sqlite:x --output=JSON",
        "migrate legacy --from=jdbc:sqlite:x --output=json --lock-wait=soon",
        "migrate legacy --back --dry-run --from=memory:x --to=jdbc:sqlite:y --output=json",
        "follow legacy --from=jdbc:sqlite:x --output=json",
        "follow legacy --from=jdbc:sqlite:x --to=memory:y --poll=soon --output json",
        "compare legacy --from=jdbc:sqlite:x --store=memory:y --sample=-1 --output=json"
      })
  void aCommandLineThatCannotBeUnderstoodIsOneObject(String line) {
    assertFails(ExitCode.USAGE, line);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "migrate legacy --from=jdbc:sqlite:/nowhere/x --to=memory:y --output=json",
        "follow legacy --from=jdbc:sqlite:/nowhere/x --to=memory:y --output=json",
        "compare legacy --from=jdbc:sqlite:/nowhere/x --store=memory:y --output=json"
      })
  void aCommandThatFailsIsOneObject(String line) {
    assertFails(ExitCode.SOURCE_MISSING, line);
  }

  private static void assertFails(ExitCode code, String line) {
    Run run = Run.of(line.split(" "));
    assertEquals(code.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    JsonObject error = report.getAsJsonObject("error");
    assertEquals(code.name(), error.get("code").getAsString());
    assertEquals(code.number(), error.get("exitCode").getAsInt());
    assertTrue(run.err().contains(error.get("message").getAsString()), run.out());
    assertEquals(!line.startsWith("migrate"), report.has("report"));
  }
}
