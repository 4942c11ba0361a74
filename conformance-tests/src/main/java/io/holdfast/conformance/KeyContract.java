package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.raw;
import static io.holdfast.conformance.Bytes.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** Rules K1 to K4: keys and values are bytes, and nothing else. */
interface KeyContract extends StoreContract {
  /** Puts keys that a store might take for one another, and finds each again with its value. */
  private static void putAndFindAll(Store store, Key... keys) {
    TreeMap<Key, byte[]> all = new TreeMap<>();
    for (int i = 0; i < keys.length; i++) {
      all.put(keys[i], bytes("value " + i));
      store.put(keys[i], bytes("value " + i));
    }
    for (int i = 0; i < keys.length; i++) {
      assertEquals("value " + i, text(store.get(keys[i])), "value of " + keys[i]);
    }
    assertEquals(List.copyOf(all.keySet()), Scan.keys(store, KeyRange.all()), "keys of a scan");
  }

  @Rule("K1")
  default void caseOfLettersCounts(Store store) {
    putAndFindAll(
        store, key("a"), key("A"), key("\u00e4"), key("\u00c4"), key("ss"), key("\u00df"));
  }

  @Rule("K1")
  default void blanksCount(Store store) {
    putAndFindAll(store, key("a"), key("a "), key(" a"), key("a  "), key(" "), key("a\t"));
  }

  @Rule("K1")
  default void nulBytesCount(Store store) {
    putAndFindAll(
        store, raw(0), raw(0, 0), raw('a'), raw('a', 0), raw('a', 0, 'b'), raw('a', 0, 0));
  }

  @Rule("K1")
  default void bytesThatAreNoTextCount(Store store) {
    putAndFindAll(
        store, raw(0xFF), raw(0xFF, 0xFF), raw(0xC0), raw(0xC3, 0xA4), raw(0xE4), raw(0xFE));
  }

  @Rule("K1")
  default void charactersOfQueriesCount(Store store) {
    putAndFindAll(store, key("%"), key("_"), key("'"), key("\\"), key("\""), key("a%"), key("a_"));
  }

  @Rule("K1")
  default void keysAreInUnsignedOrder(Store store) {
    List<Key> keys = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      keys.add(raw(i));
      keys.add(raw('k', i));
    }
    for (int from = 0; from < keys.size(); from += 64) {
      List<Key> some = keys.subList(from, from + 64);
      store.transact(tx -> some.forEach(key -> tx.put(key, key.toBytes())));
    }
    assertEquals(List.copyOf(new TreeSet<>(keys)), Scan.keys(store, KeyRange.all()));
    assertEquals(129, store.count(KeyRange.from(raw(0x80))) + 1, "keys from 0x80 up, and one");
  }

  @Rule("K1")
  default void longestKeysDifferInTheirLastByte(Store store) {
    byte[] longest = new byte[store.limits().keyBytesMax()];
    Arrays.fill(longest, (byte) 'k');
    Key one = Key.ofBytes(longest);
    longest[longest.length - 1]++;
    putAndFindAll(store, one, Key.ofBytes(longest), Key.ofBytes(longest, 0, longest.length - 1));
  }

  @Rule("K2")
  default void anEmptyValueIsNotAMissingKey(Store store) {
    store.put(key("empty"), new byte[0]);
    assertTrue(store.get(key("empty")).isPresent(), "a key with an empty value was not found");
    assertEquals(0, store.get(key("empty")).orElseThrow().valueLength());
    assertEquals(1, store.count(KeyRange.all()));
    assertTrue(store.get(key("missing")).isEmpty(), "a missing key was found");
  }

  @Rule("K2")
  default void valuesAreAnyBytes(Store store) {
    byte[] value = new byte[512];
    for (int i = 0; i < value.length; i++) {
      value[i] = (byte) (i * 7 ^ i >> 3);
    }
    store.put(key("any"), value);
    assertArrayEquals(value, store.get(key("any")).orElseThrow().value());
  }

  @Rule("K2")
  default void theLargestValueIsTaken(Store store) {
    Key key = key("large");
    int bytesMax =
        Math.min(
            store.limits().valueBytesMax(), store.limits().transactionBytesMax() - key.length());
    byte[] value = new byte[bytesMax];
    new Random(7).nextBytes(value);
    store.put(key, value);
    assertArrayEquals(value, store.get(key).orElseThrow().value());
  }

  @Rule("K3")
  default void aRangeHoldsItsStartAndNotItsEnd(Store store) {
    List<Key> keys = List.of(key("a"), raw('a', 0), key("b"), key("c"), raw('c', 0), key("d"));
    store.transact(tx -> keys.forEach(key -> tx.put(key, bytes("v"))));
    for (int from = 0; from < keys.size(); from++) {
      assertEquals(
          keys.subList(from, keys.size()), Scan.keys(store, KeyRange.from(keys.get(from))));
      for (int to = from + 1; to < keys.size(); to++) {
        KeyRange range = KeyRange.of(keys.get(from), keys.get(to));
        assertEquals(keys.subList(from, to), Scan.keys(store, range), "keys of " + range);
        assertEquals(to - from, store.count(range), "count of " + range);
      }
    }
  }

  @Rule("K3")
  default void aSingleKeyIsARange(Store store) {
    store.transact(
        tx -> List.of(key("a"), raw('a', 0), key("aa")).forEach(k -> tx.put(k, bytes("v"))));
    assertEquals(List.of(key("a")), Scan.keys(store, KeyRange.single(key("a"))));
    assertEquals(1, store.count(KeyRange.single(key("a"))));
    assertEquals(0, store.count(KeyRange.single(key("b"))));
  }

  @Rule("K3")
  default void aPrefixThatEndsIn0xFfCoversItsKeysOnly(Store store) {
    List<Key> keys =
        List.of(
            raw('p', 0xFE),
            raw('p', 0xFF),
            raw('p', 0xFF, 0),
            raw('p', 0xFF, 0xFF),
            raw('p', 0xFF, 0xFF, 7),
            raw('q'),
            raw(0xFF, 0xFE, 1),
            raw(0xFF, 0xFF),
            raw(0xFF, 0xFF, 0xFF));
    store.transact(tx -> keys.forEach(key -> tx.put(key, bytes("v"))));
    for (Key prefix : keys) {
      List<Key> covered = keys.stream().filter(key -> key.startsWith(prefix)).toList();
      assertEquals(covered, Scan.keys(store, KeyRange.prefix(prefix)), "prefix " + prefix);
      assertEquals(covered.size(), store.count(KeyRange.prefix(prefix)), "prefix " + prefix);
    }
  }

  @Rule("K4")
  default void anArrayThatWasPutCanBeUsedAgain(Store store) {
    byte[] value = bytes("first");
    store.transact(
        tx -> {
          tx.put(key("k"), value);
          value[0] = 'F';
        });
    value[1] = 'I';
    assertEquals("first", text(store.get(key("k"))));
  }

  @Rule("K4")
  default void anArrayThatWasReadCanBeChanged(Store store) {
    store.put(key("k"), bytes("first"));
    KeyValue read = store.get(key("k")).orElseThrow();
    read.value()[0] = 'F';
    store.get(key("k")).orElseThrow().value()[1] = 'I';
    assertEquals("first", text(read));
    assertEquals("first", text(store.get(key("k"))));
  }

  @Rule("K4")
  default void whatWasReadStaysWhenOthersReadAndWrite(Store store) {
    store.put(key("a"), bytes("first"));
    store.put(key("b"), bytes("other"));
    KeyValue read = store.get(key("a")).orElseThrow();
    List<KeyValue> page = store.get(KeyRange.all()).entries();
    store.get(key("b"));
    store.put(key("a"), bytes("later"));
    store.get(KeyRange.all());
    assertEquals("first", text(read), "a value read before, after another read and write");
    assertEquals("first", text(page.get(0)), "a page read before, after another read and write");
    assertThrows(UnsupportedOperationException.class, () -> page.remove(0));
  }
}
