package io.holdfast.campaign;

import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One transaction of a client, with what it has seen and written so far. It reads before it writes,
 * so that what it reads is the store's.
 */
final class Attempt {
  private final long id;
  private final Transaction tx;
  private final List<Read> reads = new ArrayList<>();
  private final List<Integer> writes = new ArrayList<>();

  Attempt(long id, Transaction tx) {
    this.id = id;
    this.tx = tx;
  }

  List<Read> reads() {
    return reads;
  }

  int[] writes() {
    return writes.stream().mapToInt(Integer::intValue).toArray();
  }

  long id() {
    return id;
  }

  Optional<Value> get(int key) {
    Optional<KeyValue> found = tx.get(Space.key(key));
    reads.add(
        found
            .map(entry -> seen(Read.Sort.READ, entry))
            .orElseGet(() -> Read.absent(Read.Sort.READ, key, key + 1)));
    return found.map(Value::of);
  }

  /** Reads a range and returns the numbers of the keys that are there. */
  List<Integer> range(int from, int to) {
    Page page = tx.get(Space.range(from, to));
    Read read = seen(from, to, page);
    reads.add(read);
    List<Integer> keys = new ArrayList<>();
    for (int i = 0; i < read.entries(); i++) {
      keys.add(read.key(i));
    }
    return keys;
  }

  static Read seen(int from, int to, Page page) {
    if (page.rest().isPresent()) {
      throw new IllegalStateException("a page of a few keys was cut short: " + page);
    }
    List<Read> entries = page.entries().stream().map(entry -> seen(Read.Sort.READ, entry)).toList();
    return Read.range(from, to, entries);
  }

  static Read seen(Read.Sort sort, KeyValue entry) {
    return Read.one(
        sort,
        Space.number(entry.key()),
        Value.of(entry).writer(),
        entry.created().number(),
        entry.modified().number());
  }

  long count(int from, int to) {
    long count = tx.count(Space.range(from, to));
    reads.add(Read.counted(from, to, count));
    return count;
  }

  /** Expects an entry to be as it was when it was read elsewhere. */
  void expect(KeyValue known) {
    reads.add(seen(Read.Sort.EXPECTED, known));
    tx.expect(known.key(), known.modified());
  }

  void expectAbsent(int key) {
    reads.add(Read.absent(Read.Sort.EXPECTED, key, key + 1));
    tx.expectAbsent(Space.key(key));
  }

  void expectEmpty(int from, int to) {
    reads.add(Read.absent(Read.Sort.EXPECTED, from, to));
    tx.expectEmpty(Space.range(from, to));
  }

  void readAt(Position position) {
    tx.readAt(position);
  }

  void put(int key, long... numbers) {
    writes.add(key);
    tx.put(Space.key(key), Value.encode(id, key, numbers));
  }

  void delete(int key) {
    writes.add(~key);
    tx.delete(Space.key(key));
  }

  /** Deletes a range of which {@code keys} were read; what else it holds makes a conflict. */
  void deleteRange(int from, int to, List<Integer> keys) {
    keys.forEach(key -> writes.add(~key));
    tx.delete(Space.range(from, to));
  }

  Position commit() {
    return tx.commit();
  }
}
