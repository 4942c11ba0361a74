package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class ItemKeyTest {
  @Provide
  Arbitrary<String> ids() {
    return Arbitraries.oneOf(TupleArbitraries.texts(), LongValues.texts());
  }

  @Provide
  Arbitrary<String> names() {
    return TupleArbitraries.texts().filter(name -> !name.isEmpty());
  }

  private static Arbitrary<Object> texts() {
    return TupleArbitraries.texts().map(Object.class::cast);
  }

  /** Some of which are item keys. */
  @Provide
  Arbitrary<List<Object>> tuples() {
    Arbitrary<Object> any = Arbitraries.oneOf(Arbitraries.of(1L, "", "a"), texts());
    return any.list().ofMinSize(1).ofMaxSize(4);
  }

  @Test
  void itemKeyIsTheTupleOfOneTypeAndId() {
    assertEquals(Key.of(1, "order", "7"), new ItemKey("order", "7").toKey());
    assertEquals("item order 7", new ItemKey("order", "7").toString());
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void parsingGivesTheSameItemKey(@ForAll("names") String type, @ForAll("ids") String id) {
    ItemKey item = new ItemKey(type, id);
    ItemKey parsed = ItemKey.parse(item.toKey()).orElseThrow();
    assertEquals(item, parsed);
    assertEquals(item.hashCode(), parsed.hashCode());
    assertEquals(item.toKey(), parsed.toKey());
    assertEquals(item.isShortened(), parsed.isShortened());
    assertEquals(type, parsed.type());
    assertEquals(item.id(), parsed.id());
    assertTrue(parsed.isShortened() ? id.startsWith(parsed.id()) : id.equals(parsed.id()));
  }

  @Provide
  Arbitrary<String> plainIds() {
    return Arbitraries.strings().ascii().ofMaxLength(520);
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void shortWayMakesTheSameKey(@ForAll("names") String type, @ForAll("ids") String id) {
    assertSameKey(new ItemKey(type, id).toKey(), ItemKeys.of(type).key(id));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void shortWayMakesTheSameKeyOfPlainIds(@ForAll("plainIds") String id) {
    assertSameKey(new ItemKey("order", id).toKey(), ItemKeys.of("order").key(id));
  }

  private static void assertSameKey(Key key, Key shorter) {
    assertEquals(key, shorter);
    assertEquals(key.hashCode(), shorter.hashCode());
  }

  @Test
  void shortWayRefusesWhatTheLongOneDoes() {
    ItemKeys keys = ItemKeys.of("order");
    for (String id : new String[] {null, "\uD800", "a\uDC00b"}) {
      assertThrows(IllegalArgumentException.class, () -> new ItemKey("order", id));
      assertThrows(IllegalArgumentException.class, () -> keys.key(id));
    }
    assertThrows(IllegalArgumentException.class, () -> ItemKeys.of(""));
    assertEquals(ItemKey.all("order"), keys.all());
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void differentIdsAreDifferentKeys(@ForAll("ids") String left, @ForAll("ids") String right) {
    assertEquals(
        left.equals(right), new ItemKey("order", left).equals(new ItemKey("order", right)));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void rangeOfATypeHoldsItsItemsOnly(
      @ForAll("names") String type, @ForAll("names") String other, @ForAll("ids") String id) {
    KeyRange all = ItemKey.all(type);
    assertTrue(all.contains(new ItemKey(type, id).toKey()));
    assertEquals(type.equals(other), all.contains(new ItemKey(other, id).toKey()));
    assertFalse(all.contains(new IndexKey(type, "field", id, id).toKey()));
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void exactlyTheTuplesOfOneNameAndTextAreItemKeys(@ForAll("tuples") List<Object> tuple) {
    boolean isItem =
        tuple.size() == 3
            && tuple.get(0).equals(1L)
            && tuple.get(1) instanceof String type
            && !type.isEmpty()
            && tuple.get(2) instanceof String;
    Optional<ItemKey> parsed = ItemKey.parse(Key.of(tuple.toArray()));
    assertEquals(isItem, parsed.isPresent());
    if (isItem) {
      assertEquals(tuple.get(1), parsed.orElseThrow().type());
      assertEquals(tuple.get(2), parsed.orElseThrow().id());
    }
  }

  @Test
  void keysThatOnlyLookLikeItemKeysAreNone() {
    Digest digest = Digest.of(new byte[0]);
    for (Key key :
        List.of(
            Key.of(1, "order", 7),
            Key.of(1, 7, "7"),
            Key.of(2, "order", "7"),
            Key.of(1, "", "7"),
            Key.of(1, "x".repeat(65), "7"),
            Key.of(1, "order", "7", "8"),
            Key.of(1, "order", digest),
            Key.of(1, "order", "cut too early", digest),
            Key.of(1, "order", "x".repeat(513), digest),
            Key.of(1, "order", "x".repeat(512), digest, "8"),
            Key.of(1, "order", "x".repeat(513)),
            Key.of(1, "order").plus((byte) 2, (byte) 'a'))) {
      assertEquals(Optional.empty(), ItemKey.parse(key), key::toString);
    }
  }

  @Test
  void longestKeyKeepsItsBound() {
    String name = "\0".repeat(64);
    String id = "a".repeat(511) + "\uD83D\uDE00".repeat(500);
    assertEquals(682, new ItemKey(name, id).toKey().length());
  }

  @Test
  void shortenedIdShowsItsBeginningAndDigest() {
    ItemKey item = new ItemKey("order", "a".repeat(513));
    assertTrue(item.isShortened());
    assertEquals("a".repeat(512), item.id());
    assertTrue(item.toString().matches("item order a{100}\\.\\.\\. sha256:[0-9a-f]{8}"));
  }

  @Test
  void badNamesAndIdsAreRefused() {
    assertRefused("an item type must have 1 to 64 bytes in UTF-8, unlike \"\"", "", "7");
    assertRefused("unlike null", null, "7");
    assertRefused("an item type must have 1 to 64 bytes", "\u00E9".repeat(33), "7");
    assertRefused("The id of the item key is null", "order", null);
    assertRefused("unpaired surrogate at index 600", "order", "x".repeat(600) + "\uD800");
    assertRefused("unpaired surrogate", "\uD800", "7");
  }

  private static void assertRefused(String why, String type, String id) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> new ItemKey(type, id));
    assertTrue(refused.getMessage().contains(why), refused::getMessage);
  }
}
