package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Change;
import io.holdfast.cache.Changes;
import io.holdfast.cache.Entry;
import io.holdfast.cache.Subscription;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The changes of the items of a type, in commit order, each commit whole: pulled, so that the
 * subscriber sets the pace.
 *
 * <p>A subscriber that is too slow is told so by a {@link Changes.Kind#RESYNC} with the view to go
 * on from; nothing is skipped silently.
 *
 * @param <M> the message
 */
public final class ItemChanges<M extends MessageLite> implements AutoCloseable {
  private final Subscription<Item<?>> subscription;
  private final ItemType<M> type;
  private final Set<ItemType<?>> types;

  ItemChanges(Subscription<Item<?>> subscription, ItemType<M> type, Set<ItemType<?>> types) {
    this.subscription = subscription;
    this.type = type;
    this.types = types;
  }

  /** A view that the next step follows. */
  public View start() {
    return new View(subscription.start(), types);
  }

  /**
   * The next step, waiting for it at most {@code timeout}.
   *
   * @return empty when the time passed
   * @throws io.holdfast.store.StoreException.Closed when this or the data store was closed
   */
  public Optional<Step<M>> next(Duration timeout) {
    return subscription.next(timeout).map(this::step);
  }

  private Step<M> step(Changes<Item<?>> changes) {
    List<ItemChange<M>> items = changes.changes().stream().map(this::change).toList();
    return new Step<>(changes.kind(), items, new View(changes.snapshot(), types));
  }

  private ItemChange<M> change(Change<Item<?>> change) {
    return new ItemChange<>(message(change.before()), message(change.after()));
  }

  private M message(Optional<Entry<Item<?>>> entry) {
    return entry.map(e -> View.item(type, e).message()).orElse(null);
  }

  /** Ends the subscription. Idempotent. */
  @Override
  public void close() {
    subscription.close();
  }

  /**
   * One commit's changes of the items of the type.
   *
   * @param kind whether it is a commit, a repair, or a new beginning
   * @param items the changes, by id; none for a new beginning
   * @param view everything after the step
   * @param <M> the message
   */
  public record Step<M extends MessageLite>(
      Changes.Kind kind, List<ItemChange<M>> items, View view) {
    /** Copies the changes. */
    public Step {
      Objects.requireNonNull(kind, "kind");
      items = List.copyOf(items);
      Objects.requireNonNull(view, "view");
    }
  }

  /**
   * What became of one item. At least one of the two sides is there.
   *
   * @param <M> the message
   */
  public static final class ItemChange<M extends MessageLite> {
    private final M before;
    private final M after;

    private ItemChange(M before, M after) {
      this.before = before;
      this.after = after;
    }

    /** The item as it was; empty when it is new. */
    public Optional<M> before() {
      return Optional.ofNullable(before);
    }

    /** The item as it is; empty when it is gone. */
    public Optional<M> after() {
      return Optional.ofNullable(after);
    }
  }
}
