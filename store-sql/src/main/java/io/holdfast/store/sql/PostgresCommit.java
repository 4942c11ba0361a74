package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Requests as the arrays that the functions in PostgreSQL take: what is proven and what is written,
 * each row with the number of its request, counted from 1.
 */
final class PostgresCommit {
  /** How many parameters {@link #bindChecks} binds. */
  static final int CHECK_PARAMETERS = 15;

  /** No revision is this one. */
  private static final long ABSENT = -1;

  private final List<Integer> baseRequests = new ArrayList<>();
  private final List<Integer> baseChecks = new ArrayList<>();
  private final List<Integer> bases = new ArrayList<>();
  private final Positions positions = new Positions();
  private final List<Boolean> own = new ArrayList<>();

  private final List<Integer> keyRequests = new ArrayList<>();
  private final List<Integer> keyChecks = new ArrayList<>();
  private final List<byte[]> keys = new ArrayList<>();
  private final List<Long> modified = new ArrayList<>();

  private final List<Integer> rangeRequests = new ArrayList<>();
  private final List<Integer> rangeChecks = new ArrayList<>();
  private final List<byte[]> starts = new ArrayList<>();
  private final List<byte[]> ends = new ArrayList<>();
  private final List<Long> since = new ArrayList<>();

  private final List<Integer> writeRequests = new ArrayList<>();
  private final List<byte[]> writeKeys = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private boolean deletes;

  PostgresCommit(List<CommitRequest> requests) {
    for (int i = 0; i < requests.size(); i++) {
      add(requests.get(i), i + 1);
    }
  }

  private void add(CommitRequest request, int number) {
    int check = 0;
    Optional<Position> ownLast = request.ownLast();
    if (ownLast.isPresent()) {
      add(ownLast.get(), number, check++, true);
    }
    for (Position base : request.bases()) {
      add(base, number, check++, false);
    }
    for (Condition condition : request.conditions()) {
      add(condition, number, check++);
    }
    for (Mutation write : request.mutations()) {
      writeRequests.add(number);
      writeKeys.add(write.key().toBytes());
      values.add(write.value().orElse(null));
      deletes |= write.isDelete();
    }
  }

  private void add(Position position, int number, int check, boolean isOwn) {
    baseRequests.add(number);
    baseChecks.add(check);
    bases.add(positions.place(position));
    own.add(isOwn);
  }

  private void add(Condition condition, int number, int check) {
    if (condition instanceof Condition.KeyAt at) {
      addKey(at.key(), at.modified().number(), number, check);
    } else if (condition instanceof Condition.KeyAbsent absent) {
      addKey(absent.key(), ABSENT, number, check);
    } else if (condition instanceof Condition.RangeEmpty empty) {
      addRange(empty.range(), null, number, check);
    } else if (condition instanceof Condition.RangeUnchanged read) {
      addRange(read.range(), read.readAt().revision().number(), number, check);
    } else {
      throw new IllegalStateException("unknown condition " + condition);
    }
  }

  private void addKey(Key key, long revision, int number, int check) {
    keyRequests.add(number);
    keyChecks.add(check);
    keys.add(key.toBytes());
    modified.add(revision);
  }

  private void addRange(KeyRange range, Long revision, int number, int check) {
    rangeRequests.add(number);
    rangeChecks.add(check);
    starts.add(range.start().map(Key::toBytes).orElseGet(() -> new byte[0]));
    ends.add(range.end().map(Key::toBytes).orElse(null));
    since.add(revision);
  }

  /** Binds what is proven from a parameter on. */
  void bindChecks(PreparedStatement statement, int first) throws SQLException {
    Object[] arrays = {
      positions.all().mapToLong(position -> position.revision().number()).toArray(),
      positions.all().mapToLong(Position::token).toArray(),
      ints(baseRequests),
      ints(baseChecks),
      ints(bases),
      own.toArray(Boolean[]::new),
      ints(keyRequests),
      ints(keyChecks),
      keys.toArray(byte[][]::new),
      modified.stream().mapToLong(Long::longValue).toArray(),
      ints(rangeRequests),
      ints(rangeChecks),
      starts.toArray(byte[][]::new),
      ends.toArray(byte[][]::new),
      since.toArray(Long[]::new)
    };
    bind(statement, first, arrays);
  }

  /** Binds what is written from a parameter on. */
  void bindWrites(PreparedStatement statement, int first, int requests) throws SQLException {
    byte[] all = new byte[requests];
    Arrays.fill(all, (byte) 1);
    int[] ranks = new int[requests];
    Arrays.setAll(ranks, i -> i + 1);
    Object[] arrays = {
      ints(writeRequests),
      writeKeys.toArray(byte[][]::new),
      values.toArray(byte[][]::new),
      deletes,
      all,
      ranks
    };
    bind(statement, first, arrays);
  }

  private static void bind(PreparedStatement statement, int first, Object[] values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(first + i, values[i]);
    }
  }

  private static int[] ints(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }
}
