package io.holdfast.store.sql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Other processes that use a store, and the program that they run. */
final class Children {
  static final Key COUNTER = Key.of("counter");
  private static final int WRITERS = 4;

  /** Where SQLite's file format has the bytes that are locked by whoever reads. */
  private static final long SHARED_FIRST = 0x40000002;

  private static final long SHARED_SIZE = 510;

  private Children() {}

  /** Starts a process that does what {@link #main} does with these arguments. */
  static Process start(List<String> wrapper, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Children.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  static Process start(String... arguments) throws IOException {
    return start(List.of(), arguments);
  }

  static BufferedReader outputOf(Process process) {
    return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  static String url(Path file) {
    return "sqlite:" + file;
  }

  static byte[] longs(long... values) {
    ByteBuffer buffer = ByteBuffer.allocate(8 * values.length);
    for (long value : values) {
      buffer.putLong(value);
    }
    return buffer.array();
  }

  static long first(KeyValue entry) {
    return entry.valueBuffer().getLong();
  }

  /** What the other process does: {@code VERB URL [NUMBER]}. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    if (arguments[0].equals("locks")) {
      String file = StoreConfig.of(arguments[1]).target();
      out.println(isHeld(Path.of(file)) ? "held" : "free");
      return;
    }
    try (Store store = Store.open(arguments[1])) {
      switch (arguments[0]) {
        case "increment" -> increment(store, Integer.parseInt(arguments[2]));
        case "write" -> write(store, out);
        case "put" -> put(store, Integer.parseInt(arguments[2]), out);
        case "stamp" -> stamp(store, Integer.parseInt(arguments[2]));
        case "open" -> out.println(store.status().incarnation());
        default -> throw new IllegalArgumentException(arguments[0]);
      }
    }
  }

  /** Whether another process has the lock of SQLite that says that it has the file open. */
  private static boolean isHeld(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, READ, WRITE);
        FileLock lock = channel.tryLock(SHARED_FIRST, SHARED_SIZE, false)) {
      return lock == null;
    }
  }

  private static void increment(Store store, int times) {
    for (int i = 0; i < times; i++) {
      store
          .within(Duration.ofMinutes(1))
          .transact(
              tx -> {
                long before = tx.get(COUNTER).map(Children::first).orElse(0L);
                tx.put(COUNTER, longs(before + 1));
              });
    }
  }

  /** Writes from several threads for ever, and tells of each commit after its acknowledgement. */
  private static void write(Store store, PrintStream out) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < WRITERS; t++) {
      int writer = t;
      threads.add(new Thread(() -> writeFor(store, writer, out)));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void writeFor(Store store, int writer, PrintStream out) {
    for (long n = 1; n > 0; n++) {
      Map<Key, byte[]> both = new TreeMap<>();
      both.put(Key.of("left", writer), longs(n));
      both.put(Key.of("right", writer), longs(n));
      both.put(Key.of("each", writer, n), new byte[300]);
      Position position = store.put(both);
      out.println(position.revision().number() + " " + position.token() + " " + writer + " " + n);
    }
  }

  private static void put(Store store, int times, PrintStream out) {
    for (int i = 0; i < times; i++) {
      store.put(Key.of("put", i), longs(i));
      out.println("acknowledged " + i);
    }
  }

  /** Writes the time at which it writes, each time the one before was seen. */
  private static void stamp(Store store, int times) {
    Position at = store.status().head();
    for (int i = 0; i < times; i++) {
      store.put(Key.of("stamp"), longs(i, System.nanoTime()));
      try (Watch answers = store.watch(KeyRange.single(Key.of("answer")), at)) {
        at = awaitAnswer(answers, i);
      }
    }
  }

  private static Position awaitAnswer(Watch answers, int number) {
    while (true) {
      var batch = answers.next(Duration.ofSeconds(30)).orElseThrow();
      for (Event event : batch.events()) {
        if (first(event.now().orElseThrow()) == number) {
          return batch.position();
        }
      }
    }
  }
}
