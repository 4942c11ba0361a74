package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.INITIAL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mirror takes over the indexes of its file, if they are what it would make itself. */
final class WarmIndexTest {
  private static final int COUNT = 700;
  private static final String LENGTH = "length";

  @TempDir private Path folder;
  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private final AtomicInteger made = new AtomicInteger();
  private final List<Drift> drifts = new ArrayList<>();
  private Path file;
  private Position filled;

  @BeforeEach
  void fill() {
    file = folder.resolve("words.mirror");
    Map<Key, byte[]> words = new HashMap<>();
    for (int i = 0; i < COUNT; i++) {
      words.put(key(i), bytes(word(i)));
    }
    filled = store.put(words);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static String word(int number) {
    return (char) ('a' + number % 5) + "z".repeat(number % 7);
  }

  private Mirror.Builder<String> words(String version) {
    return words(version, INITIAL, word -> List.of(Key.of(word.substring(0, 1))));
  }

  private Mirror.Builder<String> words(
      String version, String name, Function<String, Collection<Key>> keys) {
    Mirror.Builder<String> builder =
        Mirror.of(store, Words::text)
            .range(ALL)
            .index(new Index<>(name, entry -> counted(keys.apply(entry.value()))))
            .index(new Index<>(LENGTH, entry -> List.of(Key.of(entry.value().length()))))
            .onDrift(drifts::add)
            .verifyEvery(Duration.ZERO)
            .warmStart(WarmStart.from(file));
    return version.isEmpty() ? builder : builder.indexVersion(version);
  }

  private Collection<Key> counted(Collection<Key> keys) {
    made.incrementAndGet();
    return keys;
  }

  private void leaveFile() {
    try (Mirror<String> mirror = words("1").open()) {
      mirror.awaitReady(LONG);
    }
  }

  private static List<String> begunWith(Snapshot<String> now, String initial) {
    return values(now.range(INITIAL, KeyRange.under(Key.of(initial))));
  }

  @Test
  void makesNoIndexKeysButThoseOfWhatChanged() {
    leaveFile();
    store.put(key(0), bytes("changed"));
    store.delete(key(1));
    store.put(key(5000), bytes("zebra"));
    made.set(0);
    try (Mirror<String> mirror = words("1").warmSample(10).open()) {
      Snapshot<String> now = mirror.snapshot();
      assertTrue(mirror.state().startedFromFile());
      assertTrue(mirror.state().ignoredFile().isEmpty());
      assertTrue(made.get() <= 10 + 2 * 64 + 2 * 3, "made keys of " + made + " entries");
      assertEquals(List.of("zebra"), begunWith(now, "z"));
      assertEquals(COUNT / 5 - 1, begunWith(now, "b").size());
      assertEquals("changed", now.get(key(0)).orElseThrow().value());
      assertTrue(mirror.verifyNow(LONG).isClean());
      Position next = store.put(key(2), bytes("after"));
      assertTrue(begunWith(mirror.snapshot(Freshness.atLeast(next), LONG), "a").contains("after"));
    }
    leaveFile();
    assertEquals(List.of(), drifts);
  }

  private void assertMadeAnew(Mirror.Builder<String> builder) {
    made.set(0);
    try (Mirror<String> mirror = builder.open()) {
      mirror.awaitReady(LONG);
      assertTrue(mirror.state().startedFromFile());
      assertTrue(mirror.state().ignoredFile().isEmpty());
      assertTrue(made.get() >= COUNT, "made keys of " + made + " entries only");
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void keysOfAnotherVersionAreMadeAnew() {
    leaveFile();
    assertMadeAnew(words("2", INITIAL, word -> List.of(Key.of(word))));
  }

  @Test
  void withoutAVersionKeysAreMadeAnew() {
    leaveFile();
    assertMadeAnew(words(""));
    assertMadeAnew(words("1"));
  }

  @Test
  void keysOfIndexesWithOtherNamesAreMadeAnew() {
    leaveFile();
    assertMadeAnew(words("1", "another", word -> List.of(Key.of(word))));
  }

  private void assertDistrusted(Function<String, Collection<Key>> keys, int sample) {
    leaveFile();
    try (Mirror<String> mirror = words("1", INITIAL, keys).warmSample(sample).open()) {
      mirror.awaitReady(LONG);
      assertTrue(mirror.state().startedFromFile());
      String why = mirror.state().ignoredFile().orElseThrow();
      assertTrue(why.contains("index " + INITIAL), why);
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
    assertTrue(drifts.isEmpty());
  }

  @Test
  void oneOtherKeyIsEnoughToMakeAllAnew() {
    assertDistrusted(
        word -> List.of(Key.of(word.equals("c") ? "another" : word.substring(0, 1))), COUNT);
  }

  @Test
  void keysThatShouldNotBeThereAreNoticed() {
    assertDistrusted(word -> word.equals("d") ? List.of() : List.of(initialOf(word)), COUNT);
  }

  @Test
  void placesAreLookedAtWhereNoEntryIs() {
    assertDistrusted(word -> List.of(Key.of(word)), 1);
  }

  private static Key initialOf(String word) {
    return Key.of(word.substring(0, 1));
  }

  /** A mirror whose decoder no longer takes one of the words. */
  private Mirror.Builder<String> picky() {
    return Mirror.of(
            store,
            stored -> {
              if (stored.key().equals(key(7)) && stored.modified().equals(filled.revision())) {
                throw new IllegalArgumentException("the test said so");
              }
              return Words.text(stored);
            })
        .range(ALL)
        .index(new Index<>(INITIAL, entry -> List.of(initialOf(entry.value()))))
        .index(new Index<>(LENGTH, entry -> List.of(Key.of(entry.value().length()))))
        .tags(entry -> new int[] {entry.value().length()})
        .onDrift(drifts::add)
        .verifyEvery(Duration.ZERO)
        .warmStart(WarmStart.from(file))
        .indexVersion("1");
  }

  @Test
  void whatIsNoLongerDecodedAndNobodyLooksAtIsPutAsideByVerification() {
    leaveFile();
    try (Mirror<String> mirror = picky().warmSample(0).open()) {
      assertEquals(COUNT, mirror.snapshot().size());
      assertEquals(1, mirror.verifyNow(LONG).repaired());
      assertEquals(COUNT - 1, mirror.snapshot().size());
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
    assertEquals(List.of(Drift.Kind.UNDECODABLE), drifts.stream().map(Drift::kind).toList());
  }

  @Test
  void whatIsNoLongerDecodedIsToldOnceInEachPassWhereNothingIsMended() {
    leaveFile();
    try (Mirror<String> mirror = picky().repair(false).warmSample(0).open()) {
      for (int pass = 1; pass <= 2; pass++) {
        Verification found = mirror.verifyNow(LONG);
        assertEquals(1, found.drifts());
        assertEquals(0, found.repaired());
        assertEquals(pass, drifts.size());
      }
      assertEquals(COUNT, mirror.snapshot().size());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsNoLongerDecodedIsFollowedAllTheSame(boolean deleted) {
    leaveFile();
    try (Mirror<String> mirror = picky().warmSample(0).open()) {
      Snapshot<String> before = mirror.snapshot();
      Position last = deleted ? store.delete(key(7)) : store.put(key(7), bytes("quite another"));
      Snapshot<String> after = mirror.snapshot(Freshness.atLeast(last), LONG);
      assertEquals(deleted ? COUNT - 1 : COUNT, after.size());
      assertEquals(deleted ? 0 : 1, begunWith(after, "q").size());
      assertEquals(COUNT / 5 - 1, begunWith(after, "c").size());
      assertFalse(after.isUnchangedSince(before.moment(), new int[] {99}), "any tag changed");
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertEquals(1, mirror.state().timeline(), "it was not loaded anew");
    }
  }

  @Test
  void whatIsNoLongerDecodedMakesAllAnew() {
    leaveFile();
    Mirror.Builder<String> picky = picky();
    for (int start = 0; start < 2; start++) {
      try (Mirror<String> mirror = picky.open()) {
        assertEquals(COUNT - 1, mirror.snapshot().size());
        assertTrue(mirror.state().startedFromFile());
        assertEquals(start == 0, mirror.state().ignoredFile().isPresent());
        assertTrue(mirror.verifyNow(LONG).isClean());
      }
    }
  }

  /** Leaves a file that is whole, but whose index does not show what it should. */
  private void leaveWrongFile(IndexPlace place, boolean there) {
    try (Mirror<String> mirror = words("1").open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(
          now -> Corruption.withPlace(now, 0, place, there ? now.items().get(place.item()) : null));
    }
  }

  @Test
  void wrongPlaceThatNobodyLooksAtIsFoundByVerification() {
    for (boolean extra : new boolean[] {false, true}) {
      drifts.clear();
      IndexPlace place = new IndexPlace(Key.of(extra ? "e" : "b"), key(1)); // "bz"
      leaveWrongFile(place, extra);
      try (Mirror<String> mirror = words("1").warmSample(0).open()) {
        int shown = extra ? COUNT / 5 + 1 : COUNT / 5 - 1;
        assertEquals(shown, begunWith(mirror.snapshot(), extra ? "e" : "b").size());
        assertEquals(1, mirror.verifyNow(LONG).repaired());
        assertEquals(COUNT / 5, begunWith(mirror.snapshot(), extra ? "e" : "b").size());
      }
      assertEquals(List.of(Drift.Kind.INDEX), drifts.stream().map(Drift::kind).toList());
    }
  }

  @Test
  void everyDamageOfAnIndexIsNoticed() throws IOException {
    leaveFile();
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(5);
    int indexes = whole.length * 3 / 4; // they come last
    for (int i = 0; i < 60; i++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(i < 40 ? indexes : 0, whole.length)] ^=
          (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      try (Mirror<String> mirror = words("1").open()) {
        assertEquals(COUNT, mirror.snapshot().size());
        assertFalse(mirror.state().startedFromFile());
        assertTrue(mirror.state().ignoredFile().isPresent());
      }
    }
  }

  @Test
  void fileIsKeptWhenTheNextCannotBeWrittenToItsEnd() throws IOException {
    leaveFile();
    byte[] whole = Files.readAllBytes(file);
    try (Mirror<String> mirror = words("1").open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(COUNT - 1))); // an index has it still
      store.put(key(COUNT), bytes("more"));
      mirror.snapshot(Freshness.LINEARIZABLE, LONG);
    }
    assertArrayEquals(whole, Files.readAllBytes(file));
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void halfAFileOfAProcessThatDiedHarmsNothing() throws IOException {
    leaveFile();
    byte[] whole = Files.readAllBytes(file);
    Path old = folder.resolve("words.mirror.1.new");
    Path young = folder.resolve("words.mirror.2.new");
    Files.write(old, Arrays.copyOf(whole, 999));
    Files.write(young, Arrays.copyOf(whole, 999));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
    try (Mirror<String> mirror = words("1").open()) {
      assertEquals(COUNT, mirror.snapshot().size());
      assertTrue(mirror.state().startedFromFile());
    }
    assertFalse(Files.exists(old), "it is of no use to anybody");
    assertTrue(Files.exists(young), "somebody may be writing it");
  }

  @Test
  void whatStaysOffTheDiskIsInNoIndexOfTheFileEither() throws IOException {
    store.put(key(300), bytes("secretword"));
    WarmStart without = WarmStart.from(file).without(KeyRange.of(key(100), key(600)));
    Function<String, Collection<Key>> whole = word -> List.of(Key.of(word));
    for (int start = 0; start < 2; start++) {
      try (Mirror<String> mirror = words("1", INITIAL, whole).warmStart(without).open()) {
        assertEquals(List.of("secretword"), begunWith(mirror.snapshot(), "secretword"));
        assertEquals(start == 1, mirror.state().startedFromFile());
        assertTrue(mirror.state().ignoredFile().isEmpty());
        assertTrue(mirror.verifyNow(LONG).isClean());
        mirror.snapshot().indexes().forEach(PersistentMapShape::check);
      }
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    assertFalse(text.contains("secretword"));
  }
}
