package io.holdfast.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Elements, tuples and bytes that meet at the edges of the encoding often. */
final class TupleArbitraries {
  private TupleArbitraries() {}

  /** Text of any code points that have a UTF-8 form, many of them where its length changes. */
  static Arbitrary<String> texts() {
    Arbitrary<Integer> edges =
        Arbitraries.of(
            0, 1, 0x61, 0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF);
    Arbitrary<Integer> any =
        Arbitraries.integers()
            .between(0, Character.MAX_CODE_POINT)
            .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE);
    return Arbitraries.oneOf(edges, any)
        .list()
        .ofMaxSize(4)
        .map(
            points -> {
              StringBuilder text = new StringBuilder();
              points.forEach(text::appendCodePoint);
              return text.toString();
            });
  }

  static Arbitrary<byte[]> byteStrings() {
    return Arbitraries.oneOf(
            Arbitraries.of((byte) 0, (byte) 1, (byte) 0x7F, (byte) 0x80, (byte) 0xFE, (byte) 0xFF),
            Arbitraries.bytes())
        .array(byte[].class)
        .ofMaxSize(4);
  }

  /** All sizes of integers, with their neighbours. */
  static Arbitrary<Long> integers() {
    Arbitrary<Long> edges =
        Combinators.combine(
                Arbitraries.integers().between(0, 63),
                Arbitraries.longs().between(-2, 2),
                Arbitraries.of(1L, -1L))
            .as((bit, near, sign) -> sign * (1L << bit) + near);
    return Arbitraries.oneOf(edges, Arbitraries.longs(), Arbitraries.longs().between(-3, 3));
  }

  static Arbitrary<Instant> instants() {
    Arbitrary<Long> seconds =
        Arbitraries.oneOf(
            Arbitraries.longs().between(-2, 2),
            Arbitraries.of(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()),
            Arbitraries.longs()
                .between(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()));
    Arbitrary<Integer> nanos =
        Arbitraries.oneOf(
            Arbitraries.of(0, 1, 255, 256, 999_999_999),
            Arbitraries.integers().between(0, 999_999_999));
    return Combinators.combine(seconds, nanos).as(Instant::ofEpochSecond);
  }

  static Arbitrary<UUID> uuids() {
    return Combinators.combine(integers(), integers()).as(UUID::new);
  }

  /** Elements in the form in which {@link Key#elements} gives them. */
  static Arbitrary<Object> elements() {
    return Arbitraries.oneOf(sharedWithFdb(), instants().map(Object.class::cast));
  }

  /** Elements of the types that the FoundationDB tuple layer has, too. */
  static Arbitrary<Object> sharedWithFdb() {
    return Arbitraries.oneOf(
        texts().map(Object.class::cast),
        byteStrings().map(bytes -> (Object) ByteBuffer.wrap(bytes).asReadOnlyBuffer()),
        integers().map(Object.class::cast),
        Arbitraries.of(true, false).map(Object.class::cast),
        uuids().map(Object.class::cast));
  }

  /** Tuples, some of which go on where others end. */
  static Arbitrary<List<Object>> tuples() {
    Arbitrary<Object> few = Arbitraries.of("", "a", "a\0", "a\0b", "ab", 0L, 255L, 256L, -1L);
    return Arbitraries.oneOf(few, elements()).list().ofMinSize(1).ofMaxSize(4);
  }

  /** Keys of any bytes. */
  static Arbitrary<Key> rawKeys() {
    return byteStrings().filter(bytes -> bytes.length > 0).map(Key::ofBytes);
  }
}
