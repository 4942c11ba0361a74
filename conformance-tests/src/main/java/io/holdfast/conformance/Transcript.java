package io.holdfast.conformance;

import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a store answers to the steps of a history, line by line, in a form in which two stores can
 * be compared: revisions are replaced by the number of the commit. Each line begins with the rule
 * that is broken where it differs.
 */
final class Transcript {
  private final List<Store> handles;
  private final Duration patience;
  private final List<Position> commits = new ArrayList<>();
  private final Map<Revision, Integer> numbers = new HashMap<>();
  private final List<String> lines = new ArrayList<>();

  Transcript(List<Store> handles, Duration patience) {
    this.handles = handles;
    this.patience = patience;
    add(handles.get(0).status().head());
  }

  private void add(Position position) {
    numbers.put(position.revision(), commits.size());
    commits.add(position);
  }

  private Position last() {
    return commits.get(commits.size() - 1);
  }

  /** Does a step; returns what was answered. */
  List<String> answersTo(Step step) {
    lines.clear();
    Store store = handles.get(step.handle());
    switch (step.kind()) {
      case READ -> step.ops().forEach(op -> read(store, op));
      case WATCH -> watch(store, step);
      case ABORT -> {
        Transaction tx = store.begin();
        step.ops().forEach(op -> apply(tx, op));
        tx.abort();
      }
      case COMMIT -> commit(store, step.ops(), List.of());
      case INTERLEAVED -> commit(store, step.ops(), step.between());
    }
    say("C2", "head", name(store.status().head()));
    return List.copyOf(lines);
  }

  private void commit(Store store, List<Step.Op> ops, List<Step.Op> between) {
    Transaction tx = store.begin();
    ops.forEach(op -> apply(tx, op));
    if (!between.isEmpty()) {
      commit(handles.get(handles.size() - 1), between, List.of());
    }
    try {
      Position position = tx.commit();
      if (position.isAfter(last())) {
        add(position);
        say("C2", "commit", "new " + name(position));
      } else {
        say("C2", "commit", "nothing changed");
      }
    } catch (StoreException.Conflict conflict) {
      say(between.isEmpty() ? "C6" : "C4", "commit", "conflict");
    }
  }

  private void read(Store store, Step.Op op) {
    switch (op.verb()) {
      case PAGE, DELETE_RANGE, EXPECT_EMPTY -> {
        Page page = store.get(op.range(), entries(op));
        say("R2", "position of a page", name(page.position()));
        say(page);
      }
      case COUNT -> say("R5", "count of " + op.range(), store.count(op.range()));
      default -> say("R1", "value of " + op.key(), store.get(op.key()).map(this::describe));
    }
  }

  private void apply(Transaction tx, Step.Op op) {
    switch (op.verb()) {
      case GET -> say("C7", "value of " + op.key(), tx.get(op.key()).map(this::describe));
      case PAGE -> say(tx.get(op.range(), entries(op)));
      case COUNT -> say("C7", "count of " + op.range(), tx.count(op.range()));
      case PUT -> tx.put(op.key(), Bytes.bytes("v" + op.number()));
      case DELETE -> tx.delete(op.key());
      case DELETE_RANGE -> say("C7", "deleted of " + op.range(), tx.delete(op.range()));
      case EXPECT -> tx.expect(op.key(), commits.get(op.number() % commits.size()).revision());
      case EXPECT_ABSENT -> tx.expectAbsent(op.key());
      case EXPECT_EMPTY -> tx.expectEmpty(op.range());
    }
  }

  private static int entries(Step.Op op) {
    return 1 + op.number() % 4;
  }

  private void watch(Store store, Step step) {
    List<KeyRange> ranges = step.ops().stream().map(Step.Op::range).toList();
    Position from = commits.get(Math.max(0, commits.size() - 1 - step.from()));
    if (from.equals(last())) {
      return;
    }
    try (Watch watch = store.watch(ranges, from)) {
      for (WatchBatch batch : Drain.commitsTo(watch, last(), patience)) {
        List<String> events = batch.events().stream().map(this::describe).toList();
        say("W1", "watch of " + ranges + " from " + name(from), name(batch.position()));
        say("W2", "events of " + ranges + " at " + name(batch.position()), events);
      }
    }
  }

  private void say(Page page) {
    say("R3", "entries of a page", page.entries().stream().map(this::describe).toList());
    say("R3", "rest of a page", page.rest());
  }

  private void say(String rule, String what, Object answer) {
    Object text = answer instanceof Optional<?> optional ? optional.orElse(null) : answer;
    lines.add("[" + rule + "] " + what + ": " + text);
  }

  private String describe(Event event) {
    return event.now().map(this::describe).orElse("delete " + event.key());
  }

  private String describe(KeyValue entry) {
    return entry.key()
        + "="
        + Bytes.text(entry)
        + " created by "
        + name(entry.created())
        + ", written by "
        + name(entry.modified());
  }

  private String name(Position position) {
    Integer number = numbers.get(position.revision());
    return number != null && commits.get(number).equals(position)
        ? "commit " + number
        : "an unknown position " + position;
  }

  private String name(Revision revision) {
    if (revision.equals(Revision.ZERO)) {
      return "itself"; // also where the empty store stands at zero: nothing was written there
    }
    Integer number = numbers.get(revision);
    return number == null ? "an unknown commit " + revision : "commit " + number;
  }
}
