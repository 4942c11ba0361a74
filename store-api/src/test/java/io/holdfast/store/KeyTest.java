package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class KeyTest {
  @Provide
  Arbitrary<Key> keys() {
    return TupleArbitraries.rawKeys();
  }

  private static Key bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Key.ofBytes(bytes);
  }

  @Test
  void orderIsUnsigned() {
    assertTrue(bytes(0x7F).compareTo(bytes(0x80)) < 0);
    assertTrue(bytes(0x01).compareTo(bytes(0xFF)) < 0);
    assertTrue(bytes(0x01).compareTo(bytes(0x01, 0x00)) < 0);
  }

  @Property
  void orderAndEqualityAgree(@ForAll("keys") Key left, @ForAll("keys") Key right) {
    int order = Arrays.compareUnsigned(left.toBytes(), right.toBytes());
    assertEquals(Integer.signum(order), Integer.signum(left.compareTo(right)));
    assertEquals(order == 0, left.equals(right));
    assertTrue(!left.equals(right) || left.hashCode() == right.hashCode());
  }

  @Property
  void nothingLiesBetweenKeyAndSuccessor(@ForAll("keys") Key key, @ForAll("keys") Key other) {
    Key successor = key.successor();
    assertTrue(key.compareTo(successor) < 0);
    assertTrue(other.compareTo(key) <= 0 || successor.compareTo(other) <= 0);
  }

  @Test
  void callersArraysStayTheirs() {
    byte[] mine = {1, 2, 3};
    Key whole = Key.ofBytes(mine);
    Key part = Key.ofBytes(mine, 1, 3);
    Key tuple = Key.of((Object) mine);
    byte[] before = tuple.toBytes();
    Arrays.fill(mine, (byte) 9);
    whole.toBytes()[0] = 9;
    assertEquals(bytes(1, 2, 3), whole);
    assertEquals(bytes(2, 3), part);
    assertArrayEquals(before, tuple.toBytes());
  }

  @Test
  void bufferCannotBeWrittenThrough() {
    Key key = bytes(1, 2, 3);
    ByteBuffer view = key.asByteBuffer();
    assertThrows(ReadOnlyBufferException.class, () -> view.put((byte) 9));
    view.get();
    assertEquals(3, key.asByteBuffer().remaining());
  }

  @Test
  void writesItsBytesAtThePosition() {
    ByteBuffer target = ByteBuffer.allocate(4).put((byte) 7);
    bytes(1, 2).writeTo(target);
    assertArrayEquals(new byte[] {7, 1, 2, 0}, target.array());
    assertEquals(3, target.position());
  }

  @Test
  void keyWithoutBytesIsRefused() {
    byte[] three = new byte[3];
    assertThrows(IllegalArgumentException.class, () -> Key.ofBytes(new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> Key.ofBytes(three, 2, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> Key.ofBytes(three, 2, 4));
    assertThrows(NullPointerException.class, () -> Key.ofBytes(null));
  }

  @Test
  void bytesAreCountedAndIndexed() {
    Key key = bytes(0xFF, 0x00);
    assertEquals(2, key.length());
    assertEquals((byte) 0xFF, key.byteAt(0));
    assertThrows(IndexOutOfBoundsException.class, () -> key.byteAt(2));
    assertThrows(IndexOutOfBoundsException.class, () -> key.byteAt(-1));
  }

  @Test
  void appendingIsTheLongerTuple() {
    Key order = Key.of("order", 7);
    assertEquals(Key.of("order", 7, "line", 1), order.append("line", 1));
    assertSame(order, order.append());
  }

  @Test
  void keyIsNotEqualToItsBytes() {
    assertNotEquals(bytes(1), (Object) new byte[] {1});
  }

  @Test
  void keysThatAreMuchAlikeHaveDifferentHashes() {
    Set<Integer> hashes = new HashSet<>();
    Set<Integer> upperBits = new HashSet<>();
    int keys = 1 << 16;
    for (int i = 0; i < keys; i++) {
      int hash = Key.of("item", i).hashCode();
      hashes.add(hash);
      upperBits.add(hash >>> 16);
    }
    // By chance there would be 0.5 pairs, and 63 % of the upper halves.
    assertTrue(hashes.size() > keys - 10, keys - hashes.size() + " share a hash");
    assertTrue(upperBits.size() > keys / 2, "only " + upperBits.size() + " upper halves");
  }

  @Test
  void hashIsComputedOnce() {
    Key large = Key.ofBytes(new byte[8 << 20]).append("x");
    int first = large.hashCode();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long most = threads.getCurrentThreadCpuTime() + Duration.ofSeconds(5).toNanos();
    for (int i = 0; i < 20_000; i++) { // each time anew it would be 160 gigabytes
      assertEquals(first, large.hashCode());
      boolean quick = threads.getCurrentThreadCpuTime() < most;
      assertTrue(quick, "The hash is computed again and again");
    }
  }

  @Test
  void tuplesReadAsTheirElements() {
    UUID uuid = UUID.fromString("00000000-0000-0001-0000-000000000002");
    Key key = Key.of("order", -7, true, Instant.ofEpochSecond(0, 5), uuid, new byte[] {10, -1});
    assertEquals(
        "(\"order\", -7, true, 1970-01-01T00:00:00.000000005Z,"
            + " 00000000-0000-0001-0000-000000000002, 0x0aff)",
        key.toString());
  }

  @Test
  void invisibleCharactersReadAsTheirNumbers() {
    assertEquals("(\"a\\\"\\\\\\u{0}\\u{a}\\u{202e} b\")", Key.of("a\"\\\0\n\u202E b").toString());
  }

  @Test
  void otherBytesReadAsHexadecimal() {
    assertEquals("0xc0ffee", bytes(0xC0, 0xFF, 0xEE).toString());
  }

  @Test
  void readableFormIsBounded() {
    Object[] many = new Object[1000];
    Arrays.fill(many, "element");
    assertTrue(Key.of(many).toString().length() < 260);
    assertTrue(Key.of("\0".repeat(100_000)).toString().length() < 260);
    assertTrue(Key.ofBytes(new byte[100_000]).toString().length() < 270);
    assertTrue(Key.of((Object) new byte[100_000]).toString().length() < 260);
  }
}
