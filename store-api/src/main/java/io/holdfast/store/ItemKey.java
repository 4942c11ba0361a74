package io.holdfast.store;

import java.util.List;
import java.util.Optional;

/**
 * The key under which a record itself is stored: an item type and an id, as the tuple {@code (1,
 * type, id)}.
 *
 * <p>Items sort by type, then by id. An id whose encoding is longer than 512 bytes is shortened:
 * the key holds its beginning and a SHA-256 of the whole. Such a key finds its record as any other
 * does, but only the record knows the whole id. A key takes up to 682 bytes.
 */
public final class ItemKey {
  private static final Key KIND = Key.of(1);

  private final String type;
  private final StoredValue id;
  private final Key key;

  /**
   * The key of a record.
   *
   * @param type the item type's name, 1 to 64 bytes in UTF-8
   * @param id the record's id, any text
   * @throws IllegalArgumentException if the type's name is too long or empty, or one of the two has
   *     an unpaired surrogate
   */
  public ItemKey(String type, String id) {
    this(type, idOf(id));
  }

  ItemKey(String type, StoredValue id) {
    this(type, id, id.appendTo(base(type)));
  }

  private ItemKey(String type, StoredValue id, Key key) {
    this.type = type;
    this.id = id;
    this.key = key;
  }

  static StoredValue idOf(String id) {
    return StoredValue.of("The id of the item key", id);
  }

  static Key base(String type) {
    return KIND.append(RecordKeys.checkedName("an item type", type));
  }

  /** The range of all item keys of a type, and of nothing else. */
  public static KeyRange all(String type) {
    return KeyRange.under(base(type));
  }

  /** The item key that is stored as {@code key}; empty if that is no item key. */
  public static Optional<ItemKey> parse(Key key) {
    List<Object> elements = RecordKeys.elements(KIND, 1, key);
    StoredValue id = StoredValue.at(2, elements);
    if (id == null || !id.isString() || elements.size() != 2 + id.elements()) {
      return Optional.empty();
    }
    return Optional.of(new ItemKey((String) elements.get(1), id, key));
  }

  /** The item type's name. */
  public String type() {
    return type;
  }

  /** The record's id; if it {@linkplain #isShortened() is shortened}, its beginning. */
  public String id() {
    return (String) id.kept();
  }

  /** Whether the id was too long to be kept whole. */
  public boolean isShortened() {
    return id.isShortened();
  }

  /** The key in the store. */
  public Key toKey() {
    return key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ItemKey that && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  /** The key for people to read, like {@code item order 7}. */
  @Override
  public String toString() {
    return "item " + KeyText.ofText(type) + " " + id;
  }
}
