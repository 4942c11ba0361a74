package io.holdfast.migrate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;

/** A migration's report for programs: one JSON object. */
final class ReportJson {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private ReportJson() {}

  /**
   * The report.
   *
   * @param shortfall what the run fails with although it has a report; empty if it does not fail
   */
  static String of(MigrationReport report, Optional<MigrationException> shortfall) {
    JsonObject json = object(report);
    shortfall.ifPresent(failure -> json.add("error", error(failure)));
    return GSON.toJson(json);
  }

  static JsonObject object(MigrationReport report) {
    JsonObject json = new JsonObject();
    json.addProperty("source", report.source());
    json.addProperty("schemaVersion", report.schemaVersion());
    json.addProperty("codeVersion", report.codeVersion());
    json.addProperty("dryRun", report.isDryRun());
    if (!report.isDryRun()) {
      json.addProperty("target", report.target());
      json.addProperty("verified", report.isVerified());
    }
    json.addProperty("milliseconds", report.took().toMillis());
    json.add("kinds", array(report.kinds(), kind -> kind(kind, report.isDryRun())));
    json.add("tables", array(report.tables(), ReportJson::table));
    json.add("skipped", array(report.skips(), ReportJson::skip));
    json.add("differences", texts(report.differences()));
    return json;
  }

  /**
   * What stands in the report's place when there is none.
   *
   * @param isLine whether it is the last of several lines
   */
  static String ofFailure(Throwable failure, boolean isLine) {
    JsonObject json = new JsonObject();
    if (isLine) {
      json.addProperty("report", "end");
    }
    json.add("error", error(failure));
    return GSON.toJson(json);
  }

  static JsonObject error(Throwable failure) {
    ExitCode code = Failure.code(failure);
    JsonObject json = new JsonObject();
    json.addProperty("code", code.name());
    json.addProperty("exitCode", code.number());
    json.addProperty("message", Failure.line(failure));
    return json;
  }

  private static JsonObject kind(MigrationReport.Kind kind, boolean dryRun) {
    JsonObject json = new JsonObject();
    json.addProperty("kind", kind.name());
    json.addProperty("read", kind.read());
    if (!dryRun) {
      json.addProperty("stored", kind.stored());
      json.addProperty("digest", kind.digest());
    }
    return json;
  }

  private static JsonObject table(MigrationReport.Table table) {
    JsonObject json = new JsonObject();
    json.addProperty("table", table.name());
    json.addProperty("rows", table.rows());
    json.addProperty("used", table.used());
    return json;
  }

  static JsonObject skip(MigrationReport.Skip skip) {
    JsonObject json = new JsonObject();
    json.addProperty("what", skip.what());
    json.addProperty("reason", skip.reason());
    json.addProperty("text", skip.text());
    json.addProperty("count", skip.count());
    json.add("examples", texts(skip.examples()));
    return json;
  }

  static JsonArray texts(Collection<String> texts) {
    JsonArray array = new JsonArray();
    texts.forEach(array::add);
    return array;
  }

  static <T> JsonArray array(Collection<T> parts, Function<T, JsonObject> mapping) {
    JsonArray array = new JsonArray();
    parts.forEach(part -> array.add(mapping.apply(part)));
    return array;
  }
}
