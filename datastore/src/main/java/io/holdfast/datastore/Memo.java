package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Answers.Answer;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * A value that is computed for each item of a type when it is first asked for, such as what an
 * agent is entitled to, and kept until something changes that it was computed from.
 *
 * <p>The value for a view is always what computing it from that view gives: what the computation
 * looked for is remembered, found or not, and where something has changed it runs again. So it must
 * read through its {@link Reads} alone, and give something immutable. At most about twice as many
 * values are kept as there are items. Safe for use by many threads, which may compute at once, and
 * with the views of any data store.
 *
 * @param <M> the item's message
 * @param <R> the value
 */
public final class Memo<M extends MessageLite, R> {
  private static final int KEPT_MIN = 1000;

  private final ItemType<M> type;
  private final BiFunction<Reads, M, R> compute;
  private final Answers<R> answers = new Answers<>();

  private Memo(ItemType<M> type, BiFunction<Reads, M, R> compute) {
    this.type = Objects.requireNonNull(type, "type");
    this.compute = Objects.requireNonNull(compute, "compute");
  }

  /** A value for each item of a type. */
  public static <M extends MessageLite, R> Memo<M, R> of(
      ItemType<M> type, BiFunction<Reads, M, R> compute) {
    return new Memo<>(type, compute);
  }

  /** The value for the item with an id; empty if there is no such item. */
  Optional<R> get(View view, String id) {
    Answer<R> known = answers.get(Objects.requireNonNull(id, "id"));
    return known != null && known.isRightFor(view.snapshot())
        ? Optional.of(known.value)
        : computed(view, id);
  }

  private Optional<R> computed(View view, String id) {
    Reads reads = Reads.of(view);
    Optional<M> item = reads.get(type, id);
    if (item.isEmpty()) {
      return Optional.empty();
    }
    R value = Objects.requireNonNull(compute.apply(reads, item.get()), "value");
    keep(kept(id, item.get()), new Answer<>(value, reads.tags(), view.snapshot().moment()), view);
    return Optional.of(value);
  }

  /** The id that was asked for, as the text in the item where that is the same. */
  private String kept(String id, M item) {
    String own = type.idOf(item);
    return own.equals(id) ? own : id;
  }

  private void keep(String id, Answer<R> fresh, View view) {
    answers.put(id, fresh);
    if (answers.size() > KEPT_MIN + 2 * view.count(type.all())) {
      answers.clear(); // most of it is of items that are gone
    }
  }
}
