package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

final class RecordDigestTest {
  @Test
  void sameRecordsInAnyOrderAreEqual() {
    assertEquals(digest("1a", "2b", "3c"), digest("3c", "1a", "2b"));
    assertEquals(64, digest().length());
  }

  @Test
  void everyDifferenceShows() {
    assertNotEquals(digest("1a", "2b"), digest("1b", "2a"));
    assertNotEquals(digest("1a"), digest("2a"));
    assertNotEquals(digest("1a"), digest("1b"));
    assertNotEquals(digest("1a"), digest("1a", "1a"));
    assertNotEquals(digest("1ab", "1c"), digest("1a", "1bc"));
  }

  /** Each record is a digit, its number, and the rest, its bytes. */
  private static String digest(String... records) {
    RecordDigest digest = new RecordDigest();
    for (String record : records) {
      digest.add(record.charAt(0) - '0', record.substring(1).getBytes(UTF_8));
    }
    assertEquals(records.length, digest.count());
    return digest.digest();
  }
}
