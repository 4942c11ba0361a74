package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("C11")
final class LimitsTest {
  private static final Limits LIMITS = new Limits(8, 16, 3, 40, 5, 100);

  private static Key key(int length, int last) {
    byte[] bytes = new byte[length];
    bytes[length - 1] = (byte) last;
    return Key.ofBytes(bytes);
  }

  private static CommitRequest puts(int count, int keyBytes, int valueBytes) {
    List<Mutation> mutations =
        IntStream.range(0, count)
            .mapToObj(i -> Mutation.put(key(keyBytes, i), new byte[valueBytes]))
            .toList();
    return new CommitRequest(List.of(), null, List.of(), mutations);
  }

  private static CommitRequest conditions(int count) {
    List<Condition> conditions =
        IntStream.range(0, count)
            .<Condition>mapToObj(i -> new Condition.KeyAbsent(key(2, i)))
            .toList();
    return new CommitRequest(List.of(), null, conditions, List.of());
  }

  @Test
  void whatIsExactlyAtTheLimitIsTaken() {
    assertDoesNotThrow(() -> LIMITS.checkKey(key(8, 1)));
    assertDoesNotThrow(() -> LIMITS.checkValue(key(1, 1), new byte[16]));
    assertDoesNotThrow(() -> LIMITS.checkCommit(puts(3, 1, 1)));
    assertDoesNotThrow(() -> LIMITS.checkCommit(conditions(3)));
    assertDoesNotThrow(() -> LIMITS.checkCommit(puts(2, 4, 16)));
  }

  @Test
  void whatIsOneAboveIsRefused() {
    assertThrows(StoreException.LimitExceeded.class, () -> LIMITS.checkKey(key(9, 1)));
    assertThrows(
        StoreException.LimitExceeded.class, () -> LIMITS.checkValue(key(1, 1), new byte[17]));
    assertThrows(StoreException.LimitExceeded.class, () -> LIMITS.checkCommit(puts(4, 1, 1)));
    assertThrows(StoreException.LimitExceeded.class, () -> LIMITS.checkCommit(conditions(4)));
    assertThrows(StoreException.LimitExceeded.class, () -> LIMITS.checkCommit(puts(3, 1, 13)));
  }

  @Test
  void theMessageNamesKeyAndBoundAndNoValue() {
    byte[] value = "s3cret and more than fits".getBytes(StandardCharsets.UTF_8);
    StoreException refused =
        assertThrows(
            StoreException.LimitExceeded.class, () -> LIMITS.checkValue(Key.of("k"), value));
    assertTrue(refused.getMessage().contains("(\"k\")"), refused.getMessage());
    assertTrue(refused.getMessage().contains("16"), refused.getMessage());
    assertFalse(refused.getMessage().contains("s3cret"), refused.getMessage());
  }

  @Test
  void everyBoundIsPositive() {
    for (int zero = 0; zero < 6; zero++) {
      int[] n = {1, 1, 1, 1, 1, 1};
      n[zero] = 0;
      assertThrows(
          IllegalArgumentException.class, () -> new Limits(n[0], n[1], n[2], n[3], n[4], n[5]));
    }
  }
}
