package io.holdfast.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Reads, expectations and writes that become true together at one moment, or not at all.
 *
 * <p>Writes are held back until {@link #commit}; the transaction's own reads see them. Each read is
 * linearizable by itself, and different reads may come from different revisions: only the commit,
 * also that of a transaction that only read, proves that together they were true at one moment. So
 * act on nothing outside before it. Strictly serializable: a lost update, write skew, a phantom or
 * a deletion inside a range that was read is a {@link StoreException.Conflict}.
 *
 * <p>To be used by one thread, until {@link #commit} or {@link #abort}; after that every call is an
 * {@link IllegalStateException}.
 */
public final class Transaction implements AutoCloseable {
  private final Backend backend;
  private final Limits limits;
  private final Supplier<Deadline> deadline;
  private final AtomicReference<Position> ownLast;

  private final Staging staging = new Staging();
  private final Map<Key, Optional<KeyValue>> keysRead = new LinkedHashMap<>();
  private final List<Condition> conditions = new ArrayList<>();
  private final Set<Position> bases = new LinkedHashSet<>();
  private boolean ended;

  Transaction(
      Backend backend,
      Limits limits,
      Supplier<Deadline> deadline,
      AtomicReference<Position> ownLast) {
    this.backend = backend;
    this.limits = limits;
    this.deadline = deadline;
    this.ownLast = ownLast;
  }

  /** The value of a key, as this transaction has written it or else as the store has it. */
  public Optional<KeyValue> get(Key key) {
    checkOpen();
    limits.checkKey(key);
    return staging.holds(key) ? staging.get(key) : getStored(key);
  }

  private Optional<KeyValue> getStored(Key key) {
    Optional<KeyValue> known = keysRead.get(key);
    if (known != null) {
      return known;
    }
    Page page = backend.read(KeyRange.single(key), 1, deadline.get());
    Optional<KeyValue> found = Store.first(page);
    keysRead.put(key, found);
    bases.add(page.position());
    conditions.add(
        found.isPresent()
            ? new Condition.KeyAt(key, found.get().modified())
            : new Condition.KeyAbsent(key));
    return found;
  }

  /** The first page of a range, with this transaction's own writes in it. */
  public Page get(KeyRange range) {
    return get(range, limits.pageEntriesMax());
  }

  /** As {@link #get(KeyRange)}, with at most {@code entriesMax} entries. */
  public Page get(KeyRange range, int entriesMax) {
    checkOpen();
    int most = Store.checkEntriesMax(entriesMax, limits);
    Page page = read(range, most);
    while (page.entries().isEmpty() && page.rest().isPresent()) {
      page = read(page.rest().get(), most); // this transaction has deleted all that was there
    }
    return page;
  }

  private Page read(KeyRange range, int most) {
    Page page = backend.read(range, most, deadline.get());
    KeyRange covered = covered(range, page);
    List<Key> keys = page.entries().stream().map(KeyValue::key).toList();
    bases.add(page.position());
    conditions.add(new Condition.RangeUnchanged(covered, page.position(), keys, false));
    return staging.over(page, covered, range, most);
  }

  /** The part of a range that a page has read. */
  private static KeyRange covered(KeyRange range, Page page) {
    Optional<Key> end = page.rest().flatMap(KeyRange::start);
    if (end.isEmpty()) {
      return range;
    }
    return KeyRange.of(range.start().orElse(Key.ofBytes(new byte[1])), end.get());
  }

  /** How many keys a range holds, with this transaction's own writes counted. */
  public long count(KeyRange range) {
    checkOpen();
    Count stored = backend.count(range, deadline.get());
    bases.add(stored.position());
    conditions.add(new Condition.RangeUnchanged(range, stored.position(), List.of(), true));
    long count = stored.count();
    for (Mutation write : staging.within(range)) {
      boolean was = getStored(write.key()).isPresent();
      count += (write.isDelete() ? 0 : 1) - (was ? 1 : 0);
    }
    return count;
  }

  /** Gives a key a value. The last write of a key in a transaction is the one that counts. */
  public void put(Key key, byte[] value) {
    checkOpen();
    limits.checkKey(key);
    limits.checkValue(key, value);
    staging.add(Mutation.put(key, value));
  }

  /** Deletes a key; nothing happens when it is absent. */
  public void delete(Key key) {
    checkOpen();
    limits.checkKey(key);
    staging.add(Mutation.delete(key));
  }

  /**
   * Reads a range and deletes what is in it.
   *
   * @return how many keys that are
   */
  public long delete(KeyRange range) {
    checkOpen();
    long deleted = 0;
    Optional<KeyRange> rest = Optional.of(range);
    while (rest.isPresent()) {
      Page page = get(rest.get());
      page.entries().forEach(entry -> staging.add(Mutation.delete(entry.key())));
      deleted += page.entries().size();
      rest = page.rest();
      limits.checkCommit(request());
    }
    return deleted;
  }

  /** Commits only if the key then exists as the commit {@code modified} left it. */
  public void expect(Key key, Revision modified) {
    checkOpen();
    limits.checkKey(key);
    conditions.add(new Condition.KeyAt(key, Objects.requireNonNull(modified, "modified")));
  }

  /** Commits only if the key does not exist then. */
  public void expectAbsent(Key key) {
    checkOpen();
    limits.checkKey(key);
    conditions.add(new Condition.KeyAbsent(key));
  }

  /** Commits only if no key of the range exists then. */
  public void expectEmpty(KeyRange range) {
    checkOpen();
    conditions.add(new Condition.RangeEmpty(Objects.requireNonNull(range, "range")));
  }

  /**
   * Says that the expectations come from data that were read elsewhere, such as in a mirror, at
   * this position. Commits only if it belongs to the store's history.
   */
  public void readAt(Position position) {
    checkOpen();
    bases.add(Objects.requireNonNull(position, "position"));
  }

  /**
   * Proves the reads and expectations and does the writes, at one moment.
   *
   * @return the new commit, or where the reads were proven when nothing was changed
   * @throws StoreException.Conflict when somebody changed what was read or expected
   * @throws StoreException.Diverged when the store's history is not the one that was read
   * @throws StoreException.LimitExceeded when the transaction is too large
   * @throws StoreException.UnknownOutcome when nobody can tell whether it was committed; with every
   *     other exception it was not
   */
  public Position commit() {
    checkOpen();
    ended = true;
    CommitRequest request = request();
    limits.checkCommit(request);
    Position position = send(request);
    if (!request.mutations().isEmpty()) {
      ownLast.accumulateAndGet(
          position, (known, now) -> known == null || now.isAfter(known) ? now : known);
    }
    return position;
  }

  /** Throws a conflict unless the reads so far were true together at one moment; then aborts. */
  void validate() {
    checkOpen();
    ended = true;
    send(new CommitRequest(List.copyOf(bases), null, conditions, List.of()));
  }

  private Position send(CommitRequest request) {
    try {
      return backend.commit(request, deadline.get());
    } catch (StoreException.Diverged e) {
      // It has been told. What was committed into the lost history is no longer a reason to refuse.
      ownLast.set(null);
      throw e;
    }
  }

  private CommitRequest request() {
    return new CommitRequest(List.copyOf(bases), ownLast.get(), conditions, staging.writes());
  }

  boolean isOpen() {
    return !ended;
  }

  private void checkOpen() {
    if (ended) {
      throw new IllegalStateException("the transaction has ended: begin another one");
    }
  }

  /** Gives the transaction up; nothing is written. */
  public void abort() {
    checkOpen();
    ended = true;
  }

  /** Aborts if neither committed nor aborted. */
  @Override
  public void close() {
    ended = true;
  }
}
