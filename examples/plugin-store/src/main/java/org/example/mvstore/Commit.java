package org.example.mvstore;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A commit as the history keeps it.
 *
 * @param position its revision and token
 * @param millis when it was, on this machine's clock
 * @param events what it changed, sorted by key
 */
record Commit(Position position, long millis, List<Event> events) {
  private static final int DELETED = -1;

  /** Token, time, and each event: the key, whether it was deleted, creation and value. */
  byte[] encode() {
    int size = 2 * Long.BYTES;
    for (Event event : events) {
      int value = event.now().map(now -> Long.BYTES + now.valueLength()).orElse(0);
      size += 2 * Integer.BYTES + event.key().length() + value;
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).putLong(position.token()).putLong(millis);
    for (Event event : events) {
      bytes.putInt(event.key().length());
      event.key().writeTo(bytes);
      if (event.now().isEmpty()) {
        bytes.putInt(DELETED);
      } else {
        KeyValue now = event.now().get();
        bytes.putInt(now.valueLength()).putLong(now.created().number()).put(now.valueBuffer());
      }
    }
    return bytes.array();
  }

  static Commit decode(long revision, byte[] encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    Position position = Position.of(revision, bytes.getLong());
    long millis = bytes.getLong();
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      Key key = Key.ofBytes(next(bytes, bytes.getInt()));
      int length = bytes.getInt();
      if (length == DELETED) {
        events.add(Event.delete(key));
      } else {
        long created = bytes.getLong();
        events.add(Event.put(KeyValue.adopt(key, next(bytes, length), created, revision)));
      }
    }
    return new Commit(position, millis, events);
  }

  private static byte[] next(ByteBuffer bytes, int length) {
    byte[] part = new byte[length];
    bytes.get(part);
    return part;
  }
}
