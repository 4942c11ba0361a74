package io.holdfast.datastore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.Answers.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** The table of answers keeps what is put in, at any size, unless too many ids collide. */
final class AnswersTest {
  private final Answers<Integer> answers = new Answers<>();

  private void put(String id, int value) {
    answers.put(id, new Answer<>(value, new int[0], null));
  }

  private int get(String id) {
    return answers.get(id).value;
  }

  @Test
  void keepsEachNewestAnswerWhileItGrows() {
    int ids = 10_000;
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < ids; i++) {
        put("agent-" + i, i + round);
      }
      for (int i = 0; i < ids; i++) {
        assertEquals(i + round, get("agent-" + i));
        assertNull(answers.get("other-" + i));
      }
      assertEquals(ids, answers.size());
    }
    answers.clear();
    assertNull(answers.get("agent-1"));
    assertEquals(0, answers.size());
  }

  /** A number's bits as texts of the same hash. */
  private static String colliding(int number) {
    StringBuilder id = new StringBuilder();
    for (int bit = 0; bit < 7; bit++) {
      id.append((number >> bit & 1) == 0 ? "Aa" : "BB");
    }
    return id.toString();
  }

  @Test
  void ofIdsWithOneHashTheFirstArePutInAndNoneAnswersForAnother() {
    List<String> ids = IntStream.range(0, 100).mapToObj(AnswersTest::colliding).toList();
    for (int i = 0; i < ids.size(); i++) {
      assertEquals(ids.get(0).hashCode(), ids.get(i).hashCode());
      put(ids.get(i), i);
    }
    for (int i = 0; i < ids.size(); i++) {
      put(ids.get(i), -i);
      Answer<Integer> answer = answers.get(ids.get(i));
      assertEquals(i < 32, answer != null);
      assertTrue(answer == null || answer.value == -i);
    }
    assertEquals(32, answers.size());
  }

  @RepeatedTest(5)
  void readersNeverMissWhatIsThereNorGetAnothersAnswerWhileItGrows() throws Exception {
    int ids = 200_000;
    AtomicInteger put = new AtomicInteger();
    CompletableFuture<Void> reading =
        CompletableFuture.runAsync(
            () -> {
              for (int known = 0; known < ids; known = put.get()) {
                for (int i = Math.max(0, known - 5); i < known + 5; i++) {
                  Answer<Integer> answer = answers.get("agent-" + i + "Aa");
                  assertTrue(answer != null || i >= known, "agent-" + i);
                  assertTrue(answer == null || answer.value == i, "agent-" + i);
                  // Looked for where the other one is put at this moment.
                  assertNull(answers.get("agent-" + i + "BB"));
                }
              }
            });
    for (int i = 0; i < ids && !reading.isDone(); i++) {
      put("agent-" + i + "Aa", i);
      put.set(i + 1);
    }
    reading.get(1, TimeUnit.MINUTES);
  }
}
