package io.holdfast.migrate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What a follower tells: one line for each thing, for people or as JSON, on stdout. */
final class FollowReports {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Console console;
  private final boolean json;

  FollowReports(Console console, boolean json) {
    this.console = console;
    this.json = json;
  }

  /**
   * How far behind a store is.
   *
   * @param behind how old the state of the source is that the store shows
   * @param events how many events were brought since the beginning
   * @param changed how many records were changed in the store since the beginning
   */
  record Lag(EventGaps entries, EventGaps nodes, Duration behind, long events, long changed) {}

  /**
   * What a full comparison found.
   *
   * @param records how many the source has
   * @param missed differences that an event should have told of
   * @param brought differences that no event tells of
   * @param leftOut what the store cannot take
   */
  record Compared(
      long records, long missed, long brought, List<MigrationReport.Skip> leftOut, Duration took) {
    boolean isInStep() {
      return missed + brought == 0;
    }
  }

  /** What is followed. */
  void begin(String source, int schemaVersion, boolean hasEvents) {
    if (json) {
      JsonObject line = line("begin");
      line.addProperty("source", source);
      line.addProperty("schemaVersion", schemaVersion);
      line.addProperty("events", hasEvents);
      console.print(GSON.toJson(line));
    } else if (!hasEvents) {
      console.print(
          source
              + " has schema version "
              + schemaVersion
              + ", which has no events: only full comparisons bring its changes;"
              + " see --compare-every");
    }
  }

  void imported(MigrationReport report) {
    if (json) {
      JsonObject line = line("import");
      ReportJson.object(report).entrySet().forEach(e -> line.add(e.getKey(), e.getValue()));
      console.print(GSON.toJson(line));
    } else {
      console.print(ReportText.of(report));
    }
  }

  void lag(Lag lag) {
    if (json) {
      JsonObject line = line("lag");
      line.addProperty("behindMilliseconds", lag.behind().toMillis());
      line.add("entryEvents", events(lag.entries()));
      line.add("nodeEvents", events(lag.nodes()));
      line.addProperty("events", lag.events());
      line.addProperty("changedRecords", lag.changed());
      console.print(GSON.toJson(line));
    } else {
      console.print(
          ("%,d ms behind; newest entry event %d, newest node event %d, %,d gaps in their ids;"
                  + " %,d events, %,d records changed")
              .formatted(
                  lag.behind().toMillis(),
                  lag.entries().newest(),
                  lag.nodes().newest(),
                  lag.entries().size() + lag.nodes().size(),
                  lag.events(),
                  lag.changed()));
    }
  }

  private static JsonObject events(EventGaps gaps) {
    JsonObject events = new JsonObject();
    events.addProperty("newest", gaps.newest());
    events.addProperty("gaps", gaps.size());
    events.addProperty("givenUp", gaps.givenUp());
    return events;
  }

  void difference(Difference difference) {
    if (json) {
      JsonObject line = line("difference");
      line.addProperty("what", difference.type().name());
      line.addProperty("id", difference.id());
      line.addProperty("difference", difference.kind().name());
      line.add("fields", ReportJson.texts(difference.fields()));
      line.addProperty("missedByEvents", difference.wasMissed());
      console.print(GSON.toJson(line));
    } else {
      console.print(
          difference + (difference.wasMissed() ? ", though no event told; mended" : "; brought"));
    }
  }

  void compared(Compared found) {
    if (json) {
      JsonObject line = line("comparison");
      line.addProperty("records", found.records());
      line.addProperty("missedByEvents", found.missed());
      line.addProperty("brought", found.brought());
      line.addProperty("inStep", found.isInStep());
      line.addProperty("milliseconds", found.took().toMillis());
      line.add("leftOut", ReportJson.array(found.leftOut(), ReportJson::skip));
      console.print(GSON.toJson(line));
    } else {
      console.print(
          "Compared %,d records in %,d ms: %s."
              .formatted(
                  found.records(),
                  found.took().toMillis(),
                  found.isInStep()
                      ? "all the same"
                      : "%,d differences that events missed, %,d that have no events; all mended"
                          .formatted(found.missed(), found.brought())));
      found
          .leftOut()
          .forEach(skip -> console.print("Left out: %,d %s".formatted(skip.count(), skip.what())));
    }
  }

  /** Somebody cannot be reached for now. */
  void retry(RuntimeException failure, Duration pause) {
    String said = Failure.line(failure);
    console.note("holdfast: %s; trying again in %,d ms".formatted(said, pause.toMillis()));
    if (json) {
      JsonObject line = line("retry");
      line.add("error", ReportJson.error(failure));
      line.addProperty("pauseMilliseconds", pause.toMillis());
      console.print(GSON.toJson(line));
    }
  }

  /** The last line, of a run that did not fail. */
  void end(String reason, Map<String, Long> totals) {
    if (json) {
      JsonObject line = line("end");
      line.addProperty("reason", reason);
      totals.forEach(line::addProperty);
      console.print(GSON.toJson(line));
    } else {
      console.print("Ended: " + reason + ".");
    }
  }

  /** The last line, of a run that failed; people read it on stderr. */
  void failed(Throwable failure) {
    if (json) {
      JsonObject line = line("end");
      line.addProperty("reason", "failed");
      line.add("error", ReportJson.error(failure));
      console.print(GSON.toJson(line));
    }
  }

  private static JsonObject line(String report) {
    JsonObject line = new JsonObject();
    line.addProperty("report", report);
    line.addProperty("time", Instant.now().toString());
    return line;
  }
}
