package io.holdfast.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** How tuples are meant to sort, said without the encoding. */
final class NaturalOrder implements Comparator<List<Object>> {
  private static final List<Class<?>> TYPES =
      List.of(ByteBuffer.class, String.class, Long.class, Boolean.class, UUID.class, Instant.class);

  @Override
  public int compare(List<Object> left, List<Object> right) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      int order = compareElements(left.get(i), right.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  static int compareElements(Object left, Object right) {
    int byType = Integer.compare(rank(left), rank(right));
    return byType != 0 ? byType : compareAlike(left, right);
  }

  private static int rank(Object element) {
    for (int i = 0; i < TYPES.size(); i++) {
      if (TYPES.get(i).isInstance(element)) {
        return i;
      }
    }
    throw new AssertionError("No rank for " + element.getClass());
  }

  private static int compareAlike(Object left, Object right) {
    if (left instanceof ByteBuffer bytes) {
      return Arrays.compareUnsigned(Tuple.bytesOf(bytes), Tuple.bytesOf((ByteBuffer) right));
    }
    if (left instanceof String text) {
      return Arrays.compare(text.codePoints().toArray(), ((String) right).codePoints().toArray());
    }
    if (left instanceof UUID uuid) {
      return uuid.toString().compareTo(right.toString());
    }
    if (left instanceof Long number) {
      return number.compareTo((Long) right);
    }
    return left instanceof Boolean truth
        ? truth.compareTo((Boolean) right)
        : ((Instant) left).compareTo((Instant) right);
  }
}
