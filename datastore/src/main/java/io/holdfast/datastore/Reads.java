package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/** A view as a {@link Memo} reads it: remembers what was looked for. For one thread. */
public final class Reads {
  private final View view;
  private int[] tags = new int[8];
  private int size;

  private Reads(View view) {
    this.view = view;
  }

  /** Reads of a view. */
  public static Reads of(View view) {
    return new Reads(view);
  }

  /** As {@link View#get}. */
  public <M extends MessageLite> Optional<M> get(ItemType<M> type, String id) {
    add(Tags.ofItem(View.keyOf(type, id)));
    return view.get(type, id);
  }

  /**
   * As {@link View#forEach}, for the items that have a value.
   *
   * @throws IllegalArgumentException if the query is none for a single value
   */
  public <M extends MessageLite> void forEach(Query<M> query, Consumer<? super M> consumer) {
    add(Tags.ofQuery(query));
    view.forEach(query, consumer);
  }

  private void add(int tag) {
    if (size == tags.length) {
      tags = Arrays.copyOf(tags, 2 * size);
    }
    tags[size++] = tag;
  }

  int[] tags() {
    return Arrays.copyOf(tags, size);
  }
}
