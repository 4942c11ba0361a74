package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The encoding of tuples, against its meaning and against FoundationDB's packer. */
final class TupleTest {
  @Provide
  Arbitrary<List<Object>> tuples() {
    return TupleArbitraries.tuples();
  }

  @Provide
  Arbitrary<List<Object>> sharedTuples() {
    return TupleArbitraries.sharedWithFdb().list().ofMinSize(1).ofMaxSize(4);
  }

  @Provide
  Arbitrary<byte[]> almostTuples() {
    Arbitrary<Byte> codes =
        Arbitraries.of(0x00, 0x01, 0x02, 0x0B, 0x0C, 0x13, 0x14, 0x15, 0x1C, 0x1D, 0x26, 0x30, 0x40)
            .map(Integer::byteValue);
    Arbitrary<Byte> rest =
        Arbitraries.of(0x00, 0x3B, 0x61, 0x7F, 0xC3, 0xFF).map(Integer::byteValue);
    return Arbitraries.oneOf(codes, rest, Arbitraries.bytes())
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(14);
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void orderOfKeysIsOrderOfElements(
      @ForAll("tuples") List<Object> left, @ForAll("tuples") List<Object> right) {
    int natural = new NaturalOrder().compare(left, right);
    int encoded = Key.of(left.toArray()).compareTo(Key.of(right.toArray()));
    assertEquals(Integer.signum(natural), Integer.signum(encoded));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void elementsComeBack(@ForAll("tuples") List<Object> tuple) {
    assertEquals(tuple, Key.of(tuple.toArray()).elements());
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void bytesAreThoseOfFoundationDb(@ForAll("sharedTuples") List<Object> tuple) {
    byte[] theirs = FdbTuples.of(tuple).pack();
    assertArrayEquals(theirs, Key.of(tuple.toArray()).toBytes());
  }

  @Property(tries = 20_000, edgeCases = EdgeCasesMode.NONE)
  void onlyOneByteStringIsTheSameTuple(@ForAll("almostTuples") byte[] bytes) {
    Key key = Key.ofBytes(bytes);
    if (key.isTuple()) {
      assertEquals(key, Key.of(key.elements().toArray()));
    } else {
      assertThrows(IllegalArgumentException.class, key::elements);
    }
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void oneTupleIsUnderAnotherExactlyIfItBeginsWithItsElements(
      @ForAll("tuples") List<Object> shorter, @ForAll("tuples") List<Object> longer) {
    boolean begins =
        longer.size() >= shorter.size() && longer.subList(0, shorter.size()).equals(shorter);
    KeyRange under = KeyRange.under(Key.of(shorter.toArray()));
    assertEquals(begins, under.contains(Key.of(longer.toArray())));
  }

  @Property(tries = 2000, edgeCases = EdgeCasesMode.NONE)
  void everyExtensionIsUnderItsTuple(
      @ForAll("tuples") List<Object> tuple, @ForAll("tuples") List<Object> more) {
    Key key = Key.of(tuple.toArray());
    assertTrue(KeyRange.under(key).contains(key.append(more.toArray())));
    assertEquals(tuple, key.append(more.toArray()).elements().subList(0, tuple.size()));
  }

  @Test
  void nulIsTheOneCharacterThatMakesBytesBeginAlikeAndTupleRangesLeaveItOut() {
    Key a = Key.of("a");
    Key trap = Key.of("a\0b");
    assertTrue(trap.startsWith(a));
    assertTrue(KeyRange.prefix(a).contains(trap));
    assertFalse(KeyRange.under(a).contains(trap));
  }

  @Test
  void integersOfAllWidthsEncodeAlike() {
    Key key = Key.of(-7L);
    assertEquals(key, Key.of(-7));
    assertEquals(key, Key.of((short) -7));
    assertEquals(key, Key.of((byte) -7));
  }

  @Test
  void byteStringsAreAcceptedAsArrayAndAsBuffer() {
    byte[] bytes = {9, 0, -1, 9};
    ByteBuffer middle = ByteBuffer.wrap(bytes, 1, 2);
    assertEquals(Key.of((Object) new byte[] {0, -1}), Key.of(middle));
    assertEquals(2, middle.remaining());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD800", "a\uDC00", "\uDC00\uD800", "\uD83D!", "a\uD83D"})
  void unpairedSurrogatesAreRefused(String text) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Key.of("fine", text));
    assertTrue(refused.getMessage().contains("Element 2 of 2"), refused::getMessage);
    assertTrue(refused.getMessage().contains("unpaired surrogate"), refused::getMessage);
  }

  @Test
  void otherTypesAreRefusedByPositionAndType() {
    assertRefused("Element 1 of 2 of the key is null; allowed are String", null, "a");
    assertRefused("Element 2 of 2 of the key is of type java.lang.Double; allowed are", 1, 1.5);
    assertRefused("is itself a key", Key.of(1));
    assertRefused("at least one element");
  }

  private static void assertRefused(String why, Object... elements) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> Key.of(elements));
    assertTrue(refused.getMessage().contains(why), refused::getMessage);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0261", "0b", "1cffffffffffffffff", "0c0000000000000000", "41aa", "ff"})
  void bytesThatAreNoTupleSaySo(String hex) {
    Key key = Key.ofBytes(HexFormat.of().parseHex(hex));
    assertFalse(key.isTuple());
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, key::elements);
    assertTrue(refused.getMessage().startsWith("Not a tuple: at byte "), refused::getMessage);
  }

  @Test
  void elementsAreImmutable() {
    Key key = Key.of("a", (Object) new byte[] {1});
    List<Object> elements = key.elements();
    assertThrows(UnsupportedOperationException.class, () -> elements.set(0, "b"));
    assertTrue(((ByteBuffer) elements.get(1)).isReadOnly());
  }
}
