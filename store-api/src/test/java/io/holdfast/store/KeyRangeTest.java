package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class KeyRangeTest {
  @Provide
  Arbitrary<Key> keys() {
    return TupleArbitraries.rawKeys();
  }

  @Provide
  Arbitrary<KeyRange> ranges() {
    Arbitrary<KeyRange> bounded =
        Combinators.combine(keys(), keys())
            .filter((a, b) -> !a.equals(b))
            .as((a, b) -> a.compareTo(b) < 0 ? KeyRange.of(a, b) : KeyRange.of(b, a));
    return Arbitraries.oneOf(
        bounded,
        bounded.flatMap(range -> keys().map(range::after)),
        keys().map(KeyRange::from),
        keys().map(KeyRange::single),
        keys().map(KeyRange::prefix),
        keys().map(KeyRange.all()::after),
        Arbitraries.just(KeyRange.all()));
  }

  private static Key key(String hex) {
    return Key.ofBytes(HexFormat.of().parseHex(hex));
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void prefixHoldsExactlyTheExtensions(@ForAll("keys") Key prefix, @ForAll("keys") Key key) {
    assertEquals(key.startsWith(prefix), KeyRange.prefix(prefix).contains(key));
  }

  @Test
  void prefixCarriesOverTheHighestByte() {
    assertEquals(KeyRange.of(key("01"), key("02")), KeyRange.prefix(key("01")));
    assertEquals(KeyRange.of(key("01ff"), key("02")), KeyRange.prefix(key("01ff")));
    assertEquals(KeyRange.of(key("01feff"), key("01ff")), KeyRange.prefix(key("01feff")));
    assertEquals(KeyRange.of(key("7f"), key("80")), KeyRange.prefix(key("7f")));
    assertEquals(KeyRange.from(key("ff")), KeyRange.prefix(key("ff")));
    assertEquals(KeyRange.from(key("ffff")), KeyRange.prefix(key("ffff")));
  }

  @Test
  void startBelongsToTheRangeAndEndDoesNot() {
    KeyRange range = KeyRange.of(key("02"), key("04"));
    assertFalse(range.contains(key("01ff")));
    assertTrue(range.contains(key("02")));
    assertTrue(range.contains(key("03ffff")));
    assertFalse(range.contains(key("04")));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void boundsDecideWhatIsInside(@ForAll("ranges") KeyRange range, @ForAll("keys") Key key) {
    boolean aboveStart = range.start().map(start -> start.compareTo(key) <= 0).orElse(true);
    boolean belowEnd = range.end().map(end -> key.compareTo(end) < 0).orElse(true);
    assertEquals(aboveStart && belowEnd, range.contains(key));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void intersectionHoldsWhatBothHold(
      @ForAll("ranges") KeyRange left, @ForAll("ranges") KeyRange right, @ForAll("keys") Key key) {
    Optional<KeyRange> both = left.intersection(right);
    boolean inBoth = left.contains(key) && right.contains(key);
    assertEquals(inBoth, both.isPresent() && both.get().contains(key));
    assertEquals(both, right.intersection(left));
    assertEquals(both.isPresent(), left.intersects(right));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void rangesIntersectExactlyIfTheStartOfOneLiesInTheOther(
      @ForAll("ranges") KeyRange left, @ForAll("ranges") KeyRange right) {
    Key lowest = key("00");
    Key leftStart = left.start().orElse(lowest);
    Key rightStart = right.start().orElse(lowest);
    boolean meet =
        (left.contains(rightStart) && right.contains(rightStart))
            || (left.contains(leftStart) && right.contains(leftStart));
    assertEquals(meet, left.intersects(right));
  }

  @Property(tries = 3000, edgeCases = EdgeCasesMode.NONE)
  void afterAKeyIsWhatLiesBehindIt(
      @ForAll("ranges") KeyRange range, @ForAll("keys") Key last, @ForAll("keys") Key key) {
    boolean behind = range.contains(key) && key.compareTo(last) > 0;
    assertEquals(behind, range.after(last).contains(key));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void rangeIsEmptyIfItHoldsNotEvenItsStart(@ForAll("ranges") KeyRange range) {
    assertEquals(!range.contains(range.start().orElse(key("00"))), range.isEmpty());
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void singleHoldsOneKey(@ForAll("keys") Key one, @ForAll("keys") Key other) {
    KeyRange single = KeyRange.single(one);
    assertTrue(single.isSingle());
    assertEquals(one.equals(other), single.contains(other));
    assertTrue(single.after(one).isEmpty());
    assertEquals(KeyRange.of(one, one.successor()), single);
  }

  @Test
  void otherRangesAreNotSingle() {
    assertFalse(KeyRange.all().isSingle());
    assertFalse(KeyRange.from(key("01")).isSingle());
    assertFalse(KeyRange.of(key("01"), key("02")).isSingle());
    assertFalse(KeyRange.of(key("01"), key("0100ff")).isSingle());
    assertFalse(KeyRange.of(key("01"), key("0200")).isSingle());
    assertFalse(KeyRange.of(key("01"), key("0101")).isSingle());
  }

  @Test
  void startNotBelowEndIsRefusedWithBoth() {
    for (Key end : new Key[] {Key.of("a"), Key.of("b")}) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> KeyRange.of(Key.of("b"), end));
      assertTrue(refused.getMessage().contains("(\"b\") is not below " + end), refused::getMessage);
    }
  }

  @Test
  void onlyTuplesHaveTuplesUnderThem() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> KeyRange.under(key("ff")));
    assertTrue(refused.getMessage().contains("0xff"), refused::getMessage);
  }

  @Test
  void equalBoundsAreEqualRanges() {
    assertEquals(KeyRange.prefix(key("01")), KeyRange.of(key("01"), key("02")));
    assertEquals(
        KeyRange.prefix(key("01")).hashCode(), KeyRange.of(key("01"), key("02")).hashCode());
    assertNotEquals(KeyRange.from(key("01")), KeyRange.of(key("01"), key("02")));
    assertNotEquals(KeyRange.from(key("01")), KeyRange.from(key("02")));
    assertNotEquals(KeyRange.all(), KeyRange.from(key("01")));
  }

  @Test
  void rangesAreReadable() {
    assertEquals("[(\"a\", 1), (\"a\", 9))", range("a", 1, 9).toString());
    assertEquals("[(7)]", KeyRange.single(Key.of(7)).toString());
    assertEquals("under (\"a\")", KeyRange.under(Key.of("a")).toString());
    assertEquals("prefix 0xc0ff", KeyRange.prefix(key("c0ff")).toString());
    assertEquals("[(7), )", KeyRange.from(Key.of(7)).toString());
    assertEquals("[, )", KeyRange.all().toString());
    assertEquals("[(\"a\", 9), (\"a\", 9))", range("a", 1, 9).after(Key.of("b")).toString());
  }

  private static KeyRange range(String name, int from, int to) {
    return KeyRange.of(Key.of(name, from), Key.of(name, to));
  }
}
