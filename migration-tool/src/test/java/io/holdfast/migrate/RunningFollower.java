package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.store.Store;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A follower in a thread of this process, with all its times short. */
final class RunningFollower implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Stop stop = Stop.onSignal();
  private final CompletableFuture<Void> end;

  private RunningFollower(FollowPlan plan, Function<String, Store> stores) {
    Console console = new Console(out, err, false);
    Follower follower = new Follower(plan, console, new FollowReports(console, true), stores, stop);
    this.end = CompletableFuture.runAsync(follower::run);
  }

  static RunningFollower start(LegacySourceCase.Live source, String target) {
    return start(source, target, Duration.ofSeconds(1));
  }

  /** With another time between full comparisons. */
  static RunningFollower start(LegacySourceCase.Live source, String target, Duration compareEvery) {
    return start(source, target, compareEvery, Store::open);
  }

  /** With another way to open the store. */
  static RunningFollower start(
      LegacySourceCase.Live source,
      String target,
      Duration compareEvery,
      Function<String, Store> stores) {
    return new RunningFollower(plan(source, target, compareEvery), stores);
  }

  static FollowPlan plan(LegacySourceCase.Live source, String target, Duration compareEvery) {
    return new FollowPlan(
        source.url(),
        target,
        source.options(),
        Duration.ofMillis(20),
        compareEvery,
        Duration.ofMillis(20),
        Duration.ofMinutes(1),
        Duration.ofSeconds(2),
        false,
        false);
  }

  /** Its reports of a kind. */
  List<JsonObject> reports(String kind) {
    return reports().stream().filter(report -> isOf(report, kind)).toList();
  }

  private List<JsonObject> reports() {
    String text = out.toString(StandardCharsets.UTF_8);
    return text.substring(0, text.lastIndexOf('\n') + 1) // the last line may not be whole yet
        .lines()
        .filter(line -> line.endsWith("}"))
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  private static boolean isOf(JsonObject report, String kind) {
    return report.get("report").getAsString().equals(kind);
  }

  /** Waits for so many more rounds. */
  void awaitRounds(int more) {
    long now = rounds();
    await(() -> rounds() >= now + more);
  }

  /** How many rounds there were; the lag is also reported when one has failed. */
  private long rounds() {
    List<JsonObject> all = reports();
    return IntStream.range(1, all.size())
        .filter(i -> isOf(all.get(i), "lag") && !isOf(all.get(i - 1), "retry"))
        .count();
  }

  void awaitComparisons(int count) {
    await(() -> reports("comparison").size() >= count);
  }

  /** Waits for a comparison that began after this call and found nothing. */
  void awaitInStep() {
    int now = reports("comparison").size();
    await(
        () ->
            reports("comparison").stream()
                .skip(now + 1L)
                .anyMatch(report -> report.get("inStep").getAsBoolean()));
  }

  void await(BooleanSupplier condition) {
    Instant limit = Instant.now().plus(LIMIT);
    while (!condition.getAsBoolean()) {
      assertFalse(end.isDone(), () -> "the follower has ended: " + this);
      assertFalse(Instant.now().isAfter(limit), () -> "waited too long: " + this);
      stop.await(Duration.ofMillis(10));
    }
  }

  @Override
  public String toString() {
    return err.toString(StandardCharsets.UTF_8) + end;
  }

  /** Has it end in good order. */
  @Override
  public void close() {
    stop.ask();
    try {
      end.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    } finally {
      stop.close();
    }
  }
}
