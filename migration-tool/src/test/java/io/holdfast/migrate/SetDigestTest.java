package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

final class SetDigestTest {
  @Test
  void orderDoesNotMatter() {
    assertEquals(digest("a|b", "c|d", "e|f"), digest("e|f", "a|b", "c|d"));
  }

  @Test
  void everythingElseMatters() {
    assertNotEquals(digest("a|b"), digest("a|c"));
    assertNotEquals(digest("a|b"), digest("ab|"));
    assertNotEquals(digest("a|b"), digest("a|b", "a|b"));
    assertNotEquals(digest("a|b", "c|d"), digest("a|d", "c|b"));
    assertNotEquals(digest(), digest("|"));
  }

  private static String digest(String... records) {
    SetDigest digest = new SetDigest();
    for (String record : records) {
      String[] parts = record.split("\\|", -1);
      digest.add(parts[0].getBytes(UTF_8), parts[1].getBytes(UTF_8));
    }
    assertEquals(records.length, digest.count());
    assertEquals(64, digest.hex().length());
    return digest.hex();
  }
}
