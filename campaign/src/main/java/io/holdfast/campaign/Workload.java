package io.holdfast.campaign;

import io.holdfast.cache.Entry;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.Snapshot;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Fills transactions of each kind with reads, expectations and writes, by chance. */
final class Workload {
  static final long BALANCE = 100;
  private static final int LIST_MOST = 8;
  private static final int RANGE = 12;
  private static final int STOCK = 6;

  /** How often each kind comes, as often as it stands here. */
  private static final List<Kind> KINDS =
      List.of(
          Kind.PUT,
          Kind.PUT,
          Kind.INCREMENT,
          Kind.INCREMENT,
          Kind.APPEND,
          Kind.APPEND,
          Kind.TRANSFER,
          Kind.TRANSFER,
          Kind.CACHED_TRANSFER,
          Kind.CACHED_TRANSFER,
          Kind.SKEW,
          Kind.RESTOCK,
          Kind.RESTOCK,
          Kind.COUNT,
          Kind.CREATE,
          Kind.SWAP,
          Kind.CLAIM,
          Kind.DELETE,
          Kind.BLIND_DELETE,
          Kind.MOVE,
          Kind.CLEAR,
          Kind.READ_ONLY,
          Kind.READ_ONLY,
          Kind.PAGE,
          Kind.LINEARIZABLE_SNAPSHOT,
          Kind.CACHED_SNAPSHOT);

  private final Store store;
  private final Mirror<Value> accounts;
  private final SplittableRandom random;
  private final int trace;

  /**
   * Makes one for a client.
   *
   * @param trace the key that only this client writes
   */
  Workload(Store store, Mirror<Value> accounts, SplittableRandom random, int trace) {
    this.store = store;
    this.accounts = accounts;
    this.random = random;
    this.trace = trace;
  }

  Kind next() {
    return KINDS.get(random.nextInt(KINDS.size()));
  }

  /** Fills a transaction; it may have nothing to write in the end. */
  void fill(Kind kind, Attempt attempt) {
    switch (kind) {
      case PUT -> put(attempt);
      case INCREMENT -> increment(attempt);
      case APPEND -> append(attempt);
      case TRANSFER -> transfer(attempt);
      case CACHED_TRANSFER -> cachedTransfer(attempt);
      case SKEW -> skew(attempt);
      case RESTOCK -> restock(attempt);
      case COUNT -> count(attempt);
      case CREATE -> create(attempt);
      case SWAP -> swap(attempt);
      case CLAIM -> claim(attempt);
      case DELETE -> delete(attempt);
      case BLIND_DELETE -> blindDelete(attempt);
      case MOVE -> move(attempt);
      case CLEAR -> clear(attempt);
      case READ_ONLY -> readOnly(attempt);
      default -> throw new IllegalArgumentException(kind + " is no transaction");
    }
  }

  private int any(Space space) {
    return space.number(random.nextInt(space.size()));
  }

  /** Another key of the same space. */
  private int other(int key) {
    Space space = Space.of(key);
    return space.number(key % Space.STRIDE + 1 + random.nextInt(space.size() - 1));
  }

  /** The first key of a range of items that lies within the space. */
  private int rangeStart() {
    return Space.ITEM.number(random.nextInt(Space.ITEM.size() - RANGE));
  }

  private void put(Attempt attempt) {
    int key = any(Space.REGISTER);
    attempt.put(key, 0);
    if (random.nextBoolean()) {
      attempt.put(other(key), 0);
    }
  }

  private void increment(Attempt attempt) {
    int key = any(Space.REGISTER);
    long before = attempt.get(key).map(Value::number).orElse(0L);
    attempt.put(key, before + 1);
  }

  private void append(Attempt attempt) {
    int key = any(Space.LIST);
    Optional<Value> before = attempt.get(key);
    long[] alone = {attempt.id()};
    attempt.put(key, before.map(v -> v.appended(attempt.id(), LIST_MOST)).orElse(alone));
  }

  private void transfer(Attempt attempt) {
    int from = any(Space.ACCOUNT);
    int to = other(from);
    long first = attempt.get(from).orElseThrow().number();
    long second = attempt.get(to).orElseThrow().number();
    long amount = amountOf(first);
    attempt.put(from, first - amount);
    attempt.put(to, second + amount);
  }

  private long amountOf(long balance) {
    return balance == 0 ? 0 : 1 + random.nextLong(balance);
  }

  private void cachedTransfer(Attempt attempt) {
    Snapshot<Value> now = accounts.snapshot();
    int from = any(Space.ACCOUNT);
    int to = other(from);
    Entry<Value> first = now.get(Space.key(from)).orElseThrow();
    Entry<Value> second = now.get(Space.key(to)).orElseThrow();
    long amount = amountOf(first.value().number());
    attempt.readAt(now.position());
    attempt.expect(first.stored());
    attempt.expect(second.stored());
    attempt.put(from, first.value().number() - amount);
    attempt.put(to, second.value().number() + amount);
  }

  private void skew(Attempt attempt) {
    int key = any(Space.REGISTER);
    int seen = other(key);
    long number = attempt.get(seen).map(Value::number).orElse(0L);
    attempt.get(key);
    attempt.put(key, number);
  }

  private void restock(Attempt attempt) {
    int from = rangeStart();
    List<Integer> there = attempt.range(from, from + RANGE);
    if (there.size() >= STOCK || (there.size() > 1 && random.nextInt(4) == 0)) {
      attempt.delete(there.get(random.nextInt(there.size())));
    } else {
      attempt.put(from + random.nextInt(RANGE), there.size());
    }
  }

  private void count(Attempt attempt) {
    int from = rangeStart();
    attempt.put(any(Space.REGISTER), attempt.count(from, from + RANGE));
  }

  private void create(Attempt attempt) {
    int key = any(Space.ONCE);
    attempt.expectAbsent(key);
    attempt.put(key, 0);
  }

  private void swap(Attempt attempt) {
    int key = any(Space.ONCE);
    Optional<KeyValue> known = store.get(Space.key(key));
    known.ifPresentOrElse(attempt::expect, () -> attempt.expectAbsent(key));
    attempt.put(key, known.isPresent() ? 1 : 0);
  }

  private void claim(Attempt attempt) {
    int from = rangeStart();
    attempt.expectEmpty(from, from + 3);
    attempt.put(from + random.nextInt(3), 0);
  }

  private void delete(Attempt attempt) {
    int key = any(random.nextInt(3) == 0 ? Space.LIST : Space.ONCE);
    if (attempt.get(key).isPresent()) {
      attempt.delete(key);
    }
  }

  private void blindDelete(Attempt attempt) {
    int key = any(Space.ITEM);
    attempt.delete(key);
    attempt.delete(other(key));
    attempt.put(trace, 0);
  }

  private void move(Attempt attempt) {
    int from = any(Space.ONCE);
    int to = other(from);
    if (attempt.get(from).isPresent() && attempt.get(to).isEmpty()) {
      attempt.delete(from);
      attempt.put(to, 0);
    }
  }

  private void clear(Attempt attempt) {
    int from = rangeStart();
    List<Integer> there = attempt.range(from, from + 4);
    if (!there.isEmpty()) {
      attempt.deleteRange(from, from + 4, there);
    }
  }

  private void readOnly(Attempt attempt) {
    attempt.get(any(Space.REGISTER));
    attempt.get(any(Space.ACCOUNT));
    if (random.nextBoolean()) {
      int from = rangeStart();
      attempt.range(from, from + RANGE);
      attempt.get(any(Space.LIST));
    } else {
      int from = rangeStart();
      attempt.count(from, from + RANGE);
      attempt.get(any(Space.ONCE));
    }
  }

  /** The first key of a range to look at without a transaction. */
  int look() {
    return rangeStart();
  }

  static int lookBehind(int from) {
    return from + RANGE;
  }
}
