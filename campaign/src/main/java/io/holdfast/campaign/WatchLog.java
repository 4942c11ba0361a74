package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.store.Event;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.WatchBatch;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;

/** The log of one watcher: where it began, each batch, and why it ended if it had to. */
@SuppressWarnings("EnumOrdinal") // Logs are read by the version that wrote them.
final class WatchLog implements AutoCloseable {
  private final LogWriter out;

  /**
   * Creates the file.
   *
   * @param space what is watched; null for everything
   */
  WatchLog(Path file, Space space, Position after) {
    out = new LogWriter(file);
    Packed header = new Packed().put(space == null ? 0 : space.ordinal() + 1);
    out.write(header.put(after.revision().number()).put(after.token()));
  }

  void batch(WatchBatch batch) {
    Packed record = new Packed().put(0);
    record.put(batch.previous().revision().number()).put(batch.previous().token());
    record.put(batch.position().revision().number()).put(batch.position().token());
    record.putAll(events(batch));
    out.write(record);
  }

  private static long[] events(WatchBatch batch) {
    long[] numbers = new long[3 * batch.events().size()];
    int at = 0;
    for (Event event : batch.events()) {
      Optional<KeyValue> now = event.now();
      numbers[at++] = Space.number(event.key());
      numbers[at++] = now.map(entry -> writer(entry, batch.position())).orElse(0L);
      numbers[at++] = now.map(entry -> entry.created().number()).orElse(0L);
    }
    return numbers;
  }

  /** A value that names another revision than its commit's is not one that was written there. */
  private static long writer(KeyValue entry, Position position) {
    boolean here = entry.modified().equals(position.revision());
    return here ? Value.of(entry).writer() : Value.DAMAGED;
  }

  /** That the watch has ended, and why. */
  void end(String why) {
    Packed record = new Packed().put(1);
    byte[] text = why.getBytes(UTF_8);
    record.put(text.length);
    for (byte letter : text) {
      record.put(letter);
    }
    out.write(record);
  }

  @Override
  public void close() {
    out.close();
  }

  /**
   * What a log tells; the batches are read from the file each time they are asked for.
   *
   * @param complete whether the watcher was not killed but waited for the last commit
   */
  static Watched read(Path file, boolean complete) {
    try (LogFile log = new LogFile(file)) {
      Optional<Packed> header = log.next();
      if (header.isEmpty()) {
        return Watched.nothing(file.getFileName().toString());
      }
      int space = header.get().getInt();
      return new Watched(
          file.getFileName().toString(),
          space == 0 ? null : Space.values()[space - 1],
          header.get().get(),
          header.get().get(),
          complete,
          () -> new Batches(file));
    }
  }

  /** The records of a log behind its first. */
  private static final class Batches implements Iterator<Watched.Step> {
    private final LogFile log;
    private Optional<Packed> next;

    Batches(Path file) {
      log = new LogFile(file);
      log.next();
      next = log.next();
    }

    @Override
    public boolean hasNext() {
      if (next.isEmpty()) {
        log.close();
      }
      return next.isPresent();
    }

    @Override
    public Watched.Step next() {
      Packed record = next.orElseThrow(NoSuchElementException::new);
      next = log.next();
      if (record.get() == 1) {
        byte[] text = new byte[record.getInt()];
        for (int i = 0; i < text.length; i++) {
          text[i] = (byte) record.get();
        }
        return new Watched.Step(null, new String(text, UTF_8));
      }
      return new Watched.Step(
          new Commit(record.get(), record.get(), record.get(), record.get(), record.getAll()),
          null);
    }
  }
}
