package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import java.io.ByteArrayOutputStream;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Requests as the lists that the procedures in MySQL take: JSON arrays of numbers, and one run of
 * bytes in which the numbers find keys and values. Each row begins with the number of its request,
 * counted from 1.
 */
final class MySqlCommit {
  /** What is beside the lists and the bytes in one call, and more. */
  private static final int REST = 4096;

  /** One byte more than the longest key, which the bound behind that has. */
  private static final int BOUND_MOST = SqlBackend.LIMITS_MOST.keyBytesMax() + 1;

  /** No revision is this one: what is absent, and a range that was not read. */
  private static final long NONE = -1;

  private final Positions positions = new Positions();
  private final Rows bases = new Rows();
  private final Rows keys = new Rows();
  private final Rows ranges = new Rows();
  private final Rows puts = new Rows();
  private final Rows deletes = new Rows();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  private long written;

  /** A list under construction. */
  private static final class Rows {
    private final StringBuilder text = new StringBuilder();

    void add(long... numbers) {
      text.append(text.isEmpty() ? "[[" : ",[");
      for (int i = 0; i < numbers.length; i++) {
        text.append(i == 0 ? "" : ",").append(numbers[i]);
      }
      text.append(']');
    }

    int length() {
      return text.length() + 1;
    }

    /** The list, null if it is empty. */
    String json() {
      return text.isEmpty() ? null : text + "]";
    }
  }

  private MySqlCommit() {}

  /** All that a plan proves and writes. */
  static MySqlCommit of(CommitPlan plan) {
    MySqlCommit all = new MySqlCommit();
    long[] tokens = plan.tokens();
    for (int i = 0; i < tokens.length; i++) {
      CommitRequest request = plan.requests().get(i);
      all.addChecks(request, i + 1);
      all.addWrites(request, i + 1, tokens[i]);
    }
    return all;
  }

  /** What one request proves. */
  static MySqlCommit checks(CommitRequest request) {
    MySqlCommit one = new MySqlCommit();
    one.addChecks(request, 1);
    return one;
  }

  private void addChecks(CommitRequest request, int number) {
    int check = 0;
    Optional<Position> ownLast = request.ownLast();
    if (ownLast.isPresent()) {
      addBase(ownLast.get(), number, check++, 1);
    }
    for (Position base : request.bases()) {
      addBase(base, number, check++, 0);
    }
    for (Condition condition : request.conditions()) {
      addCondition(condition, number, check++);
    }
  }

  private void addBase(Position position, int number, int check, int own) {
    bases.add(number, check, positions.place(position), own);
  }

  private void addCondition(Condition condition, int number, int check) {
    if (condition instanceof Condition.KeyAt at) {
      addKey(at.key(), number, check, at.modified().number());
    } else if (condition instanceof Condition.KeyAbsent absent) {
      addKey(absent.key(), number, check, NONE);
    } else if (condition instanceof Condition.RangeEmpty empty) {
      addRange(empty.range(), number, check, NONE);
    } else if (condition instanceof Condition.RangeUnchanged read) {
      addRange(read.range(), number, check, read.readAt().revision().number());
    } else {
      throw new IllegalStateException("unknown condition " + condition);
    }
  }

  private void addKey(Key key, int number, int check, long modified) {
    keys.add(number, check, append(key.toBytes()), key.length(), modified);
  }

  private void addRange(KeyRange range, int number, int check, long since) {
    byte[] start = bound(range.start());
    byte[] end = bound(range.end());
    int startAt = append(start);
    int endAt = range.end().isPresent() ? append(end) : 0;
    ranges.add(number, check, startAt, start.length, endAt, end.length, since);
  }

  /** A bound's bytes, empty if there is none; those behind the longest key make no difference. */
  private static byte[] bound(Optional<Key> key) {
    byte[] bytes = key.map(Key::toBytes).orElseGet(() -> new byte[0]);
    return bytes.length > BOUND_MOST ? Arrays.copyOf(bytes, BOUND_MOST) : bytes;
  }

  private void addWrites(CommitRequest request, int number, long token) {
    long before = written;
    int alone = request.mutations().stream().allMatch(Mutation::isDelete) ? 1 : 0;
    for (Mutation write : request.mutations()) {
      int key = append(write.key().toBytes());
      int keyLength = write.key().length();
      written += keyLength;
      if (write.isDelete()) {
        deletes.add(number, key, keyLength, alone, token, before);
      } else {
        byte[] value = write.value().orElseThrow();
        append(value);
        puts.add(number, key, keyLength, value.length, token, before);
        written += value.length;
      }
    }
  }

  /** Appends bytes; where they begin, counted from 1. */
  private int append(byte[] bytes) {
    int at = data.size() + 1;
    data.writeBytes(bytes);
    return at;
  }

  /** The bytes of all keys and values that are written. */
  long written() {
    return written;
  }

  private Rows positionRows() {
    Rows rows = new Rows();
    positions.all().forEach(one -> rows.add(one.revision().number(), one.token()));
    return rows;
  }

  /** How many bytes a call with this takes at most. */
  long packetBytes() {
    long lists = 0;
    for (Rows rows : List.of(positionRows(), bases, keys, ranges, puts, deletes)) {
      lists += rows.length();
    }
    return data.size() + lists + REST;
  }

  /** Binds what is proven from a parameter on; returns the next free one. */
  int bindChecks(PreparedStatement call, int first) throws SQLException {
    call.setString(first, positionRows().json());
    call.setString(first + 1, bases.json());
    call.setString(first + 2, keys.json());
    call.setString(first + 3, ranges.json());
    return first + 4;
  }

  /** Binds what is written from a parameter on; returns the next free one. */
  int bindWrites(PreparedStatement call, int first) throws SQLException {
    call.setString(first, puts.json());
    call.setString(first + 1, deletes.json());
    return first + 2;
  }

  /** Binds the bytes. */
  void bindData(PreparedStatement call, int at) throws SQLException {
    call.setBytes(at, data.toByteArray());
  }
}
