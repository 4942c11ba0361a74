package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class IndexKeyTest {
  /** Mostly values of which some are long and begin alike. */
  @Provide
  Arbitrary<Object> values() {
    return Arbitraries.oneOf(
        LongValues.texts().map(Object.class::cast),
        LongValues.byteStrings().map(bytes -> (Object) ByteBuffer.wrap(bytes).asReadOnlyBuffer()),
        TupleArbitraries.elements());
  }

  @Provide
  Arbitrary<Object> longTexts() {
    return LongValues.texts().map(Object.class::cast);
  }

  @Provide
  Arbitrary<String> ids() {
    return Arbitraries.oneOf(TupleArbitraries.texts(), LongValues.texts());
  }

  @Provide
  Arbitrary<List<Object>> tuples() {
    Arbitrary<Object> elements = Arbitraries.of(2L, "", "a", "a", "a");
    return elements
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .map(tail -> Stream.concat(Stream.of((Object) 2L), tail.stream()).toList());
  }

  private static IndexKey index(Object value, String id) {
    return new IndexKey("order", "customer", value, id);
  }

  private static KeyRange all(Object value) {
    return IndexKey.all("order", "customer", value);
  }

  @Test
  void indexKeyIsTheTupleOfTwoTypeFieldValueAndId() {
    IndexKey index = index("c42", "7");
    assertEquals(Key.of(2, "order", "customer", "c42", "7"), index.toKey());
    assertEquals("index order.customer=c42 -> 7", index.toString());
    assertEquals(
        "index order.cents=1099 -> 7",
        IndexKey.parse(Key.of(2, "order", "cents", 1099, "7")).orElseThrow().toString());
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void parsingGivesTheSameIndexKey(@ForAll("values") Object value, @ForAll("ids") String id) {
    IndexKey index = index(value, id);
    IndexKey parsed = IndexKey.parse(index.toKey()).orElseThrow();
    assertEquals(index, parsed);
    assertEquals(index.hashCode(), parsed.hashCode());
    assertEquals("order", parsed.type());
    assertEquals("customer", parsed.field());
    assertEquals(index.value(), parsed.value());
    assertEquals(index.id(), parsed.id());
    assertEquals(index.isShortened(), parsed.isShortened());
    assertTrue(parsed.isShortened() || (parsed.value().equals(value) && parsed.id().equals(id)));
    assertEquals(new ItemKey("order", id), parsed.item());
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void keysSortAsValuesUnlessBothAreShortenedToTheSame(
      @ForAll("values") Object left,
      @ForAll("values") Object right,
      @ForAll("ids") String leftId,
      @ForAll("ids") String rightId) {
    int natural = NaturalOrder.compareElements(left, right);
    IndexKey leftKey = index(left, leftId);
    IndexKey rightKey = index(right, rightId);
    if (natural != 0 && !beginAlike(left, right)) {
      int encoded = leftKey.toKey().compareTo(rightKey.toKey());
      assertEquals(Integer.signum(natural), Integer.signum(encoded));
    }
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void rangeOfAValueHoldsThatValueOnly(
      @ForAll("values") Object value, @ForAll("values") Object other, @ForAll("ids") String id) {
    assertTrue(all(value).contains(index(value, id).toKey()));
    assertEquals(value.equals(other), all(value).contains(index(other, id).toKey()));
  }

  @Property(tries = 5000, edgeCases = EdgeCasesMode.NONE)
  void rangeBetweenHoldsItsValuesAndAtMostShortenedOnesThatBeginAsABound(
      @ForAll("longTexts") Object from,
      @ForAll("longTexts") Object to,
      @ForAll("values") Object value,
      @ForAll("ids") String id) {
    if (NaturalOrder.compareElements(from, to) >= 0) {
      return;
    }
    KeyRange between = IndexKey.between("order", "customer", from, to);
    boolean inside =
        NaturalOrder.compareElements(from, value) <= 0
            && NaturalOrder.compareElements(value, to) < 0;
    boolean found = between.contains(index(value, id).toKey());
    assertTrue(found || !inside, () -> "lost " + value);
    assertTrue(
        inside || !found || beginAlike(value, from) || beginAlike(value, to),
        () -> "strange " + value);
  }

  /** Whether both are shortened, and to the same beginning. */
  private static boolean beginAlike(Object left, Object right) {
    IndexKey leftKey = index(left, "");
    IndexKey rightKey = index(right, "");
    return leftKey.isShortened()
        && rightKey.isShortened()
        && leftKey.value().equals(rightKey.value());
  }

  @Test
  void rangesOfTypeAndFieldHoldTheirKeysOnly() {
    Key key = index("c42", "7").toKey();
    assertTrue(IndexKey.all("order").contains(key));
    assertTrue(IndexKey.all("order", "customer").contains(key));
    assertFalse(IndexKey.all("orde").contains(key));
    assertFalse(IndexKey.all("order\0").contains(key));
    assertFalse(IndexKey.all("order", "custom").contains(key));
    assertFalse(IndexKey.all("order").contains(new IndexKey("order\0", "f", 1, "7").toKey()));
    assertFalse(IndexKey.all("order").contains(new ItemKey("order", "7").toKey()));
  }

  @Test
  void rangeBetweenIntegersIsExact() {
    KeyRange cheap = IndexKey.between("order", "cents", -5, 1000);
    for (int cents : new int[] {-5, -1, 0, 255, 256, 999}) {
      assertTrue(cheap.contains(new IndexKey("order", "cents", cents, "7").toKey()));
    }
    for (int cents : new int[] {-256, -6, 1000, 65536}) {
      assertFalse(cheap.contains(new IndexKey("order", "cents", cents, "").toKey()));
    }
    assertThrows(IllegalArgumentException.class, () -> IndexKey.between("order", "cents", 7, 7));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void exactlyTheTuplesOfTwoNamesValueAndTextAreIndexKeys(@ForAll("tuples") List<Object> tuple) {
    boolean isIndex =
        tuple.size() == 5
            && tuple.get(0).equals(2L)
            && tuple.get(1).equals("a")
            && tuple.get(2).equals("a")
            && tuple.get(4) instanceof String;
    Optional<IndexKey> parsed = IndexKey.parse(Key.of(tuple.toArray()));
    assertEquals(isIndex, parsed.isPresent());
    if (isIndex) {
      assertEquals(tuple.get(3), parsed.orElseThrow().value());
      assertEquals(tuple.get(4), parsed.orElseThrow().id());
    }
  }

  @Test
  void keysThatOnlyLookLikeIndexKeysAreNone() {
    Digest digest = Digest.of(new byte[0]);
    String full = "x".repeat(512);
    for (Key key :
        List.of(
            Key.of(2),
            Key.of(2, "order", "customer"),
            Key.of(2, "order", "customer", "c42"),
            Key.of(1, "order", "customer", "c42", "7"),
            Key.of(2, "order", "customer", "c42", 7),
            Key.of(2, "order", "", "c42", "7"),
            Key.of(2, "order", 1, "c42", "7"),
            Key.of(2, "order", "customer", "c42", "7", "8"),
            Key.of(2, "order", "customer", digest, "7"),
            Key.of(2, "order", "customer", 7, digest, "7"),
            Key.of(2, "order", "customer", "c42", digest, "7"),
            Key.of(2, "order", "customer", full + "x", "7"),
            Key.of(2, "order", "customer", full, digest),
            Key.of(2, "order", "customer", full, digest, digest, "7"),
            Key.of(2, "order", "customer", "c42", "7", digest),
            Key.of(2, "order", "customer", "c42", "7").plus((byte) 2))) {
      assertEquals(Optional.empty(), IndexKey.parse(key), key::toString);
    }
  }

  @Test
  void shortenedValueDoesNotMixWithTheWholeOneThatIsItsBeginning() {
    String whole = "x".repeat(512);
    IndexKey shortened = index(whole + "y", "7");
    assertTrue(shortened.isShortened());
    assertEquals(whole, shortened.value());
    assertFalse(index(whole, "7").isShortened());
    assertFalse(all(whole).contains(shortened.toKey()));
    assertTrue(index(whole, "7").toKey().compareTo(shortened.toKey()) < 0);
  }

  @Test
  void callersArrayStaysTheirs() {
    byte[] mine = {1, 2};
    IndexKey index = index(mine, "7");
    mine[0] = 9;
    ByteBuffer value = (ByteBuffer) index.value();
    assertEquals(ByteBuffer.wrap(new byte[] {1, 2}), value);
    value.get();
    assertEquals(2, ((ByteBuffer) index.value()).remaining());
    assertTrue(value.isReadOnly());
  }

  @Test
  void longestKeyKeepsItsBound() {
    String name = "\0".repeat(64);
    String text = "a".repeat(511) + "\uD83D\uDE00".repeat(5000);
    IndexKey longest = new IndexKey(name, name, text, text);
    assertEquals(1362, longest.toKey().length());
    assertEquals(longest, IndexKey.parse(longest.toKey()).orElseThrow());
  }

  @Test
  void badNamesAndValuesAreRefused() {
    assertRefused("The name of a field must have 1 to 64 bytes", "", 1, "7");
    assertRefused("The value of the index key is of type java.lang.Double", "f", 1.5, "7");
    assertRefused("The value of the index key is null", "f", null, "7");
    assertRefused("The id of the index key is null", "f", 1, null);
  }

  private static void assertRefused(String why, String field, Object value, String id) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> new IndexKey("order", field, value, id));
    assertTrue(refused.getMessage().contains(why), refused::getMessage);
  }
}
