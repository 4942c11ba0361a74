package io.holdfast.store;

/**
 * The keys of the items of one type, for those who look up often; immutable.
 *
 * <p>{@code ItemKeys.of(type).key(id)} is {@code new ItemKey(type, id).toKey()}, at a fraction of
 * the price where the id is short and ASCII.
 */
public final class ItemKeys {
  private final Key base;

  private ItemKeys(Key base) {
    this.base = base;
  }

  /**
   * The keys of a type.
   *
   * @param type the item type's name, 1 to 64 bytes in UTF-8
   * @throws IllegalArgumentException if the name is too long or empty, or has an unpaired surrogate
   */
  public static ItemKeys of(String type) {
    return new ItemKeys(ItemKey.base(type));
  }

  /** The range of all keys of the type, and of nothing else. */
  public KeyRange all() {
    return KeyRange.under(base);
  }

  /**
   * The key of a record.
   *
   * @param id the record's id, any text
   * @throws IllegalArgumentException if it is null or has an unpaired surrogate
   */
  public Key key(String id) {
    Key plain = id == null ? null : base.plusPlain(id, StoredValue.KEPT_BYTES);
    return plain != null ? plain : ItemKey.idOf(id).appendTo(base);
  }
}
