package io.holdfast.store;

import java.util.List;
import java.util.Optional;

/**
 * The key by which a record is found from the value of one of its fields: item type, field, value
 * and id, as the tuple {@code (2, type, field, value, id)}.
 *
 * <p>Index keys sort by type, field, value and id, so the records with one value, or with the
 * values between two, are a range of keys.
 *
 * <pre>{@code
 * KeyRange ofCustomer = IndexKey.all("order", "customer", "c42");
 * KeyRange cheap = IndexKey.between("order", "cents", 0, 1000);
 * }</pre>
 *
 * <p>A string or byte string whose encoding is longer than 512 bytes is shortened, as a value and
 * as an id: the key holds its beginning and a SHA-256 of the whole. Keys sort as their values do,
 * except that shortened values with the same beginning are in no useful order among each other.
 * Hence {@link #all(String, String, Object)} stays exact (as far as SHA-256 is), but {@link
 * #between} with a bound that is long itself finds also shortened values that begin as the bound
 * does; whoever reads a key that {@linkplain #isShortened() is shortened} must look into the
 * record. A key takes up to 1,362 bytes.
 */
public final class IndexKey {
  private static final Key KIND = Key.of(2);

  private final String type;
  private final String field;
  private final StoredValue value;
  private final StoredValue id;
  private final Key key;

  /**
   * The key that leads from a value to a record.
   *
   * @param type the item type's name, 1 to 64 bytes in UTF-8
   * @param field the field's name, 1 to 64 bytes in UTF-8
   * @param value a value of one of the types that {@link Key} lists
   * @param id the record's id, any text
   * @throws IllegalArgumentException if a name is too long or empty, the value has another type, or
   *     a string has an unpaired surrogate
   */
  public IndexKey(String type, String field, Object value, String id) {
    this.type = type;
    this.field = field;
    this.value = stored(value);
    this.id = StoredValue.of("The id of the index key", id);
    this.key = this.id.appendTo(this.value.appendTo(base(type, field)));
  }

  private IndexKey(String type, String field, StoredValue value, StoredValue id, Key key) {
    this.type = type;
    this.field = field;
    this.value = value;
    this.id = id;
    this.key = key;
  }

  private static StoredValue stored(Object value) {
    return StoredValue.of("The value of the index key", value);
  }

  private static Key base(String type) {
    return KIND.append(RecordKeys.checkedName("an item type", type));
  }

  private static Key base(String type, String field) {
    return base(type).append(RecordKeys.checkedName("a field", field));
  }

  /** The range of all index keys of a type. */
  public static KeyRange all(String type) {
    return KeyRange.under(base(type));
  }

  /** The range of all index keys of a field. */
  public static KeyRange all(String type, String field) {
    return KeyRange.under(base(type, field));
  }

  /** The range of all index keys with a value, and of no other value, not even a longer one. */
  public static KeyRange all(String type, String field, Object value) {
    Key withValue = stored(value).appendTo(base(type, field));
    // Ids are strings. So this leaves out the shortened values of which this one is the beginning.
    return KeyRange.prefix(withValue.plus((byte) Tuple.STRING));
  }

  /**
   * The range of all index keys with a value from {@code from} (inclusive) to {@code to}
   * (exclusive).
   *
   * <p>If a bound is so long that it is shortened, the range holds also the keys of all shortened
   * values that begin as the bound does, on either side of it.
   *
   * @throws IllegalArgumentException if {@code from} is not below {@code to}
   */
  public static KeyRange between(String type, String field, Object from, Object to) {
    Key base = base(type, field);
    return KeyRange.of(stored(from).lowerBound(base), stored(to).upperBound(base));
  }

  /** The index key that is stored as {@code key}; empty if that is no index key. */
  public static Optional<IndexKey> parse(Key key) {
    List<Object> elements = RecordKeys.elements(KIND, 2, key);
    StoredValue value = StoredValue.at(3, elements);
    if (value == null) {
      return Optional.empty();
    }
    StoredValue id = StoredValue.at(3 + value.elements(), elements);
    if (id == null || !id.isString() || elements.size() != 3 + value.elements() + id.elements()) {
      return Optional.empty();
    }
    String type = (String) elements.get(1);
    return Optional.of(new IndexKey(type, (String) elements.get(2), value, id, key));
  }

  /** The item type's name. */
  public String type() {
    return type;
  }

  /** The field's name. */
  public String field() {
    return field;
  }

  /**
   * The value, with the types of {@link Key#elements()}; if it is shortened, its beginning.
   *
   * @see #isShortened()
   */
  public Object value() {
    return value.kept();
  }

  /**
   * The record's id; if it is shortened, its beginning.
   *
   * @see #item()
   */
  public String id() {
    return (String) id.kept();
  }

  /** The key of the record this key leads to, with the whole id or a shortened one. */
  public ItemKey item() {
    return new ItemKey(type, id);
  }

  /** Whether the value or the id was too long to be kept whole, so that only the record has it. */
  public boolean isShortened() {
    return value.isShortened() || id.isShortened();
  }

  /** The key in the store. */
  public Key toKey() {
    return key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IndexKey that && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  /** The key for people to read, like {@code index order.customer=c42 -> 7}. */
  @Override
  public String toString() {
    String names = KeyText.ofText(type) + "." + KeyText.ofText(field);
    return "index " + names + "=" + value + " -> " + id;
  }
}
