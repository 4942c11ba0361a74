package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mirror starts from the file that another one left, and from none that it cannot trust. */
final class WarmStartTest {
  private static final int COUNT = 300;
  private static final int MAGIC_BYTES = "holdfast mirror\n".length() + Integer.BYTES;

  @TempDir private Path folder;
  private final TestBackend backend = TestBackend.create().withPagesOf(20);
  private final Store store = backend.store();
  private Path file;

  @BeforeEach
  void fill() {
    file = folder.resolve("words.mirror");
    for (int i = 0; i < COUNT; i++) {
      store.put(key(i), bytes("w" + i));
    }
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Mirror.Builder<String> words() {
    return Words.mirror(store).warmStart(WarmStart.from(file));
  }

  private void leaveFile() {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
    }
    assertTrue(Files.exists(file));
  }

  private static List<String> expected() {
    return IntStream.range(0, COUNT).mapToObj(i -> "w" + i).toList();
  }

  @Test
  void startsFromTheFileAndFollowsFromThere() {
    leaveFile();
    store.put(key(0), bytes("changed"));
    store.delete(key(1));
    Position last = store.put(key(1000), bytes("new"));
    int before = backend.reads.get();
    try (Mirror<String> mirror = words().open()) {
      Snapshot<String> now = mirror.snapshot();
      assertEquals(last, now.position());
      assertEquals(before, backend.reads.get());
      assertTrue(mirror.state().startedFromFile());
      assertEquals(COUNT, now.size());
      assertEquals("changed", now.get(key(0)).orElseThrow().value());
      assertTrue(now.get(key(1)).isEmpty());
      assertTrue(mirror.verifyNow(LONG).isClean());
      Position next = store.put(key(2), bytes("after"));
      assertEquals(
          "after",
          mirror.snapshot(Freshness.atLeast(next), LONG).get(key(2)).orElseThrow().value());
    }
  }

  @Test
  void fileIsWrittenInTheBackgroundAndOnlyItsOwnerMayReadIt() throws IOException {
    WarmStart often = WarmStart.from(file).every(Duration.ofMillis(20));
    try (Mirror<String> mirror = Words.mirror(store).warmStart(often).open()) {
      mirror.awaitReady(LONG);
      Words.await("written", () -> Files.exists(file));
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
    try (var files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void rangesThatStayOffTheDiskAreReadAtEachStart() throws IOException {
    KeyRange secret = KeyRange.of(key(100), key(200));
    WarmStart without = WarmStart.from(file).without(secret);
    for (int start = 0; start < 2; start++) {
      try (Mirror<String> mirror = Words.mirror(store).warmStart(without).open()) {
        assertEquals(expected(), values(mirror.snapshot().range(ALL)));
        assertEquals(start == 1, mirror.state().startedFromFile());
      }
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    assertTrue(text.contains("w99"));
    assertFalse(text.contains("w150"));
  }

  @Test
  void whatCannotBeDecodedIsInTheFileToo() {
    Mirror.Builder<String> picky =
        Mirror.of(
                store,
                stored -> {
                  String text = Words.text(stored);
                  if (text.equals("w7")) {
                    throw new IllegalArgumentException("the test said so");
                  }
                  return text;
                })
            .range(ALL)
            .verifyEvery(Duration.ZERO)
            .warmStart(WarmStart.from(file));
    for (int start = 0; start < 2; start++) {
      try (Mirror<String> mirror = picky.open()) {
        assertEquals(COUNT - 1, mirror.snapshot().size());
        assertTrue(mirror.verifyNow(LONG).isClean());
      }
    }
  }

  private void assertIgnored(String why) {
    try (Mirror<String> mirror = words().open()) {
      assertEquals(expected(), values(mirror.snapshot().range(ALL)));
      assertFalse(mirror.state().startedFromFile());
      String reason = mirror.state().ignoredFile().orElseThrow();
      assertTrue(reason.contains(why), reason);
    }
  }

  @Test
  void everyDamageIsNoticed() throws IOException {
    leaveFile();
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(3);
    List<byte[]> damaged = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      byte[] flipped = whole.clone();
      flipped[i < 20 ? i * 5 : random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
      damaged.add(flipped);
      damaged.add(Arrays.copyOf(whole, random.nextInt(whole.length)));
    }
    damaged.add(Arrays.copyOf(whole, whole.length + 1));
    damaged.add(new byte[0]);
    for (byte[] bytes : damaged) {
      Files.write(file, bytes);
      assertIgnored("it ");
    }
  }

  @Test
  void lengthThatNoArrayHasIsNoticedToo() throws IOException {
    leaveFile();
    try (RandomAccessFile damaged = new RandomAccessFile(file.toFile(), "rw")) {
      damaged.seek(MAGIC_BYTES);
      int head = damaged.readInt();
      damaged.seek(MAGIC_BYTES + 2 * Integer.BYTES + head);
      damaged.writeInt(Integer.MAX_VALUE);
      damaged.setLength(Integer.MAX_VALUE + 1000L); // of which next to nothing is on the disk
    }
    assertIgnored("not enough memory");
  }

  @Test
  void fileOfAnotherStoreIsIgnored() {
    try (Store other = Store.open("memory:" + UUID.randomUUID());
        Mirror<String> mirror = Words.mirror(other).warmStart(WarmStart.from(file)).open()) {
      mirror.awaitReady(LONG);
    }
    assertIgnored("another store");
  }

  @Test
  void fileOfOtherRangesIsIgnored() {
    try (Mirror<String> mirror = words().range(KeyRange.under(Key.of("more"))).open()) {
      mirror.awaitReady(LONG);
    }
    assertIgnored("other ranges");
  }

  @Test
  void fileThatIsTooOldByTheClockIsIgnored() throws IOException {
    write(store.status().head(), Instant.now().minus(Duration.ofDays(8)));
    assertIgnored("old");
  }

  @Test
  void fileOfAnotherHistoryIsIgnored() throws IOException {
    Position head = store.status().head();
    write(new Position(head.revision(), head.token() + 1), Instant.now());
    assertIgnored("a history that is not the store's");
    write(Position.of(head.revision().number() + 1000, 7), Instant.now());
    assertIgnored("a history that is not the store's");
  }

  private void write(Position position, Instant written) throws IOException {
    SnapshotFile.Head head =
        new SnapshotFile.Head(
            store.status().incarnation(), List.of(ALL), position, written, SnapshotFile.Form.NONE);
    List<KeyValue> wrong = List.of(KeyValue.adopt(key(5), bytes("wrong"), 1, 1));
    Shown shown = new Shown(ALL, null).loaded(position, wrong);
    SnapshotFile.write(file, head, shown.published.newest());
  }

  @Test
  void fileFromBeforeTheHistoryIsIgnored() {
    StoreConfig config = StoreConfig.of("memory:" + UUID.randomUUID()).withHistoryCommits(3);
    try (Store own = new TestBackend(config).store()) {
      for (int start = 0; start < 2; start++) {
        try (Mirror<String> mirror = Words.mirror(own).warmStart(WarmStart.from(file)).open()) {
          assertEquals(start * 10L, mirror.snapshot().size());
          assertEquals(start == 1, mirror.state().ignoredFile().isPresent());
        }
        for (int i = 0; i < 10; i++) {
          own.put(key(i), bytes("w" + i));
        }
      }
    }
  }

  @Test
  void unusableFolderHarmsNothing() throws IOException {
    Path blocked = Files.writeString(folder.resolve("file"), "in the way").resolve("words");
    try (Mirror<String> mirror = Words.mirror(store).warmStart(WarmStart.from(blocked)).open()) {
      assertEquals(COUNT, mirror.snapshot().size());
    }
  }

  @Test
  void startsFromTheFileWhileOthersWrite() {
    Path accounts = folder.resolve("accounts.mirror");
    try (Bank bank = new Bank(store, 200).withWriters(2)) {
      for (int start = 0; start < 20; start++) {
        try (Mirror<Long> mirror =
            Mirror.of(store, Bank::balance)
                .range(Bank.ACCOUNTS)
                .index(Bank.BY_DIGIT)
                .verifyEvery(Duration.ZERO)
                .warmStart(WarmStart.from(accounts))
                .open()) {
          assertEquals(List.of(Bank.SUM, Bank.SUM), Bank.sums(mirror.snapshot()));
          assertEquals(start > 0, mirror.state().startedFromFile());
          assertTrue(mirror.verifyNow(LONG).isClean());
        }
      }
      assertTrue(bank.moved() > 0);
    }
  }

  @Test
  void loadIsAsOldAsTheHeadThatItGoesTo() {
    leaveFile();
    AtomicLong asked = new AtomicLong();
    backend.onStatus = () -> asked.compareAndSet(0, System.nanoTime());
    Shown shown = new Shown(ALL, null);
    WarmFile<String> warm =
        new WarmFile<>(
            WarmStart.from(file),
            store,
            shown.layout,
            SnapshotFile.Form.NONE,
            shown.updater,
            shown.published,
            InstantSource.system(),
            new CountDownLatch(1),
            WarmFile.SAMPLE);
    WarmFile.Warm<String> loaded = warm.load().orElseThrow();
    loaded.watch().close();
    assertEquals(COUNT, loaded.first().size());
    assertTrue(loaded.askedNanos() - asked.get() <= 0, "what came later may be missing");
  }

  @Test
  void whatWasMendedAfterTheFileWasWrittenIsInTheNextOne() {
    WarmStart often = WarmStart.from(file).every(Duration.ofMillis(20));
    try (Mirror<String> mirror = Words.mirror(store).warmStart(often).open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(7)));
      Words.await("written", () -> Files.exists(file));
      assertEquals(1, mirror.verifyNow(LONG).repaired());
    }
    try (Mirror<String> again = words().open()) {
      again.awaitReady(LONG);
      assertTrue(again.state().startedFromFile());
      assertTrue(again.verifyNow(LONG).isClean());
    }
  }
}
