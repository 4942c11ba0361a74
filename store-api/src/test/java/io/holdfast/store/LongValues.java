package io.holdfast.store;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Values around the length at which record keys shorten them, many with the same beginning. */
final class LongValues {
  private LongValues() {}

  static Arbitrary<String> texts() {
    Arbitrary<String> ends =
        Arbitraries.of("\0", "\1", "a", "z", "\u00E9", "\u20AC", "\uFFFF", "\uD83D\uDE00")
            .list()
            .ofMaxSize(5)
            .map(list -> String.join("", list));
    return Combinators.combine(Arbitraries.integers().between(505, 514), ends)
        .as((length, end) -> "m".repeat(length) + end);
  }

  static Arbitrary<byte[]> byteStrings() {
    Arbitrary<List<Byte>> ends =
        Arbitraries.of((byte) 0, (byte) 1, (byte) 'm', (byte) 0xBF, (byte) 0xFF)
            .list()
            .ofMaxSize(5);
    return Combinators.combine(Arbitraries.integers().between(505, 514), ends)
        .as(LongValues::bytes);
  }

  private static byte[] bytes(int length, List<Byte> end) {
    byte[] bytes = new byte[length + end.size()];
    java.util.Arrays.fill(bytes, 0, length, (byte) 'm');
    for (int i = 0; i < end.size(); i++) {
      bytes[length + i] = end.get(i);
    }
    return bytes;
  }
}
