package io.holdfast.conformance;

import io.holdfast.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** The store beside the model: the same random history must get the same answers. */
interface ModelContract extends StoreContract {
  @Rule({"C2", "C4", "C6", "C7", "R1", "R2", "R3", "R5", "W1", "W2"})
  default void randomHistoriesGetTheAnswersOfTheModel(Fixture fixture) {
    for (int i = 0; i < fixture.settings().scaled(6); i++) {
      check(fixture, fixture.settings().seed() + i);
    }
  }

  private static void check(Fixture fixture, long seed) {
    String[] difference = new String[1];
    List<Step> failing =
        Steps.findFailing(
            seed,
            100,
            fixture.patience(),
            steps -> {
              String found = difference(fixture, steps);
              difference[0] = found.isEmpty() ? difference[0] : found;
              return found.isEmpty();
            });
    if (!failing.isEmpty()) {
      StringBuilder text = new StringBuilder(difference[0]);
      text.append("\n  The shortest history found that shows it, on an empty store:");
      failing.forEach(step -> text.append("\n    ").append(step));
      text.append("\n  Repeat with -Dholdfast.conformance.seed=").append(seed);
      throw new AssertionError(text.toString());
    }
  }

  /** Where the store's answers first differ from the model's; empty where they do not. */
  private static String difference(Fixture fixture, List<Step> steps) {
    Fixture fresh = fixture.scratch();
    String found = difference(fresh, steps, fixture.patience());
    if (!found.isEmpty()) {
      fresh.discard();
      return found;
    }
    try {
      fresh.end();
      return "";
    } catch (RuntimeException | AssertionError e) {
      String message = String.valueOf(e.getMessage());
      return (message.startsWith("[") ? "" : "[C3] ") + message;
    }
  }

  private static String difference(Fixture fresh, List<Step> steps, Duration patience) {
    String name = "memory:model-" + UUID.randomUUID();
    try (Store one = Store.open(name);
        Store two = Store.open(name)) {
      Transcript model = new Transcript(List.of(one, two), patience);
      Transcript tested = new Transcript(List.of(fresh.store(), fresh.open()), patience);
      for (Step step : steps) {
        String found = difference(model.answersTo(step), tested, step);
        if (!found.isEmpty()) {
          return found;
        }
      }
      return "";
    }
  }

  private static String difference(List<String> expected, Transcript tested, Step step) {
    List<String> answers;
    try {
      answers = tested.answersTo(step);
    } catch (RuntimeException | AssertionError e) {
      return "[C5] in the step " + step + " the store threw " + e;
    }
    for (int i = 0; i < Math.min(expected.size(), answers.size()); i++) {
      if (!expected.get(i).equals(answers.get(i))) {
        return answers.get(i) + "\n  where the model has: " + expected.get(i) + "\n  step: " + step;
      }
    }
    return expected.size() == answers.size()
        ? ""
        : "[W1] in the step " + step + " the store answers " + answers + ", the model " + expected;
  }
}
