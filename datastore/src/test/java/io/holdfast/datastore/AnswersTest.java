package io.holdfast.datastore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.Answers.Answer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The table of answers keeps what is put in, at any size, and may forget only where ids collide.
 */
final class AnswersTest {
  private final Answers<Integer> answers = new Answers<>();

  private void put(String id, int value) {
    answers.put(new Answer<>(id, value, new int[0], null));
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
  void idsOfOneHashDisplaceEachOtherAndNeverAnswerForAnother() {
    List<String> ids = IntStream.range(0, 100).mapToObj(AnswersTest::colliding).toList();
    for (int i = 0; i < ids.size(); i++) {
      assertEquals(ids.get(0).hashCode(), ids.get(i).hashCode());
      put(ids.get(i), i);
      assertEquals(i, get(ids.get(i)));
    }
    int kept = 0;
    for (int i = 0; i < ids.size(); i++) {
      Answer<Integer> answer = answers.get(ids.get(i));
      assertTrue(answer == null || answer.value == i);
      kept += answer == null ? 0 : 1;
    }
    assertEquals(32, kept);
    assertEquals(32, answers.size());
  }

  @Test
  void readersNeverMissWhatIsThereWhileItGrows() throws Exception {
    int ids = 200_000;
    AtomicInteger put = new AtomicInteger();
    CompletableFuture<Void> reading =
        CompletableFuture.runAsync(
            () -> {
              for (int known = 0; known < ids; known = put.get()) {
                for (int i = Math.max(0, known - 50); i < known; i++) {
                  assertNotNull(answers.get("agent-" + i), "agent-" + i);
                }
              }
            });
    for (int i = 0; i < ids && !reading.isDone(); i++) {
      put("agent-" + i, i);
      put.set(i + 1);
    }
    reading.get(1, TimeUnit.MINUTES);
  }
}
