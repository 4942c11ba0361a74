package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes is killed without warning, again and again. */
@Timeout(600)
final class KillTest {
  private static final int ROUNDS = Integer.getInteger("holdfast.kills", 8);
  private static final long SEED = 20261121;

  @TempDir Path folder;

  /** What the killed processes told of: revision to "token writer n". */
  private final Map<Long, String> acknowledged = new HashMap<>();

  @Test
  void c3nothingAcknowledgedIsLostWhenAWriterIsKilled() throws Exception {
    String url = Children.url(folder.resolve("killed.db"));
    SplittableRandom random = new SplittableRandom(SEED);
    Position start;
    try (Store store = Store.open(url)) {
      start = store.status().head();
    }
    for (int round = 0; round < ROUNDS; round++) {
      writeAndKill(url, 1 + random.nextInt(300));
      try (Store store = Store.open(url)) {
        assertHistoryIsWhole(store, start);
      }
    }
    System.out.println(
        "[c3] kill -9: "
            + ROUNDS
            + " kills, "
            + acknowledged.size()
            + " acknowledged commits, none lost");
  }

  private void writeAndKill(String url, int lines) throws Exception {
    Process writer = Children.start("write", url);
    try (BufferedReader out = Children.outputOf(writer)) {
      for (int i = 0; i < lines; i++) {
        acknowledge(out.readLine());
      }
      // Not by Process.destroyForcibly, which closes the pipe as well.
      assertTrue(writer.toHandle().destroyForcibly());
      // What it had told before the end counts too, except a line that it did not finish.
      List<String> rest = out.lines().toList();
      rest.stream().filter(line -> line.split(" ").length == 4).forEach(this::acknowledgeWhole);
    }
    writer.waitFor();
  }

  private void acknowledgeWhole(String line) {
    // The last line can be cut in the middle of its last number: that it was cut shows below.
    String[] parts = line.split(" ");
    acknowledged.putIfAbsent(Long.parseLong(parts[0]), line.substring(parts[0].length() + 1));
  }

  private void acknowledge(String line) {
    assertTrue(line != null, "the writer ended by itself");
    acknowledgeWhole(line);
  }

  private void assertHistoryIsWhole(Store store, Position start) {
    Map<Key, Long> latest = new HashMap<>();
    long head = store.status().head().revision().number();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      for (long revision = 1; revision <= head; revision++) {
        WatchBatch batch = watch.next(Opened.TIMEOUT).orElseThrow();
        assertEquals(revision, batch.position().revision().number(), "revisions are dense");
        assertEquals(3, batch.events().size(), "a commit is whole");
        long n = Children.first(batch.events().get(1).now().orElseThrow());
        assertEquals(n, Children.first(batch.events().get(2).now().orElseThrow()));
        assertAcknowledged(batch, n);
        for (Event event : batch.events().subList(1, 3)) {
          latest.put(event.key(), n);
        }
      }
    }
    latest.forEach(
        (key, n) -> assertEquals(n, Children.first(store.get(key).orElseThrow()), "" + key));
    acknowledged
        .keySet()
        .forEach(revision -> assertTrue(revision <= head, "commit " + revision + " is lost"));
  }

  private void assertAcknowledged(WatchBatch batch, long n) {
    String told = acknowledged.get(batch.position().revision().number());
    if (told != null) {
      Object writer = batch.events().get(1).key().elements().get(1);
      String is = batch.position().token() + " " + writer + " " + n;
      assertTrue(is.startsWith(told), "told of " + told + ", the store has " + is);
    }
  }
}
