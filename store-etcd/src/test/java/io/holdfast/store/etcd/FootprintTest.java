package io.holdfast.store.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which requests may share a revision: those for which the order does not matter. */
final class FootprintTest {
  private static final Position READ = Position.of(5, 7);
  private static final KeyRange RANGE = KeyRange.of(key("b"), key("d"));

  private static Key key(String name) {
    return Key.ofBytes(name.getBytes(UTF_8));
  }

  private static Footprint of(List<Condition> conditions, String... written) {
    return Footprint.of(request(conditions, written));
  }

  static CommitRequest request(List<Condition> conditions, String... written) {
    List<Mutation> writes =
        Stream.of(written).map(name -> Mutation.put(key(name), new byte[10])).toList();
    return new CommitRequest(List.of(), null, conditions, writes);
  }

  /** Both ways round it must be the same. */
  private static void assertDisjoint(boolean expected, Footprint one, Footprint other) {
    assertEquals(expected, one.isDisjointFrom(other));
    assertEquals(expected, other.isDisjointFrom(one));
  }

  @Test
  void writesOfOneKeyMustNotShare() {
    assertDisjoint(false, of(List.of(), "a", "b"), of(List.of(), "b", "c"));
    assertDisjoint(true, of(List.of(), "a", "b"), of(List.of(), "c", "d"));
  }

  @Test
  void whoExpectsWhatAnotherWritesMustNotShare() {
    for (Condition expected :
        List.of(
            new Condition.KeyAt(key("c"), new Revision(3)),
            new Condition.KeyAbsent(key("c")),
            new Condition.RangeEmpty(RANGE),
            new Condition.RangeUnchanged(RANGE, READ, List.of(key("b")), false))) {
      assertDisjoint(false, of(List.of(expected), "x"), of(List.of(), "c"));
      assertDisjoint(true, of(List.of(expected), "x"), of(List.of(), "a", "d", "e"));
    }
  }

  @Test
  void rangesWithoutEndsReachAsFarAsKeysDo() {
    Condition all = new Condition.RangeEmpty(KeyRange.all());
    assertDisjoint(false, of(List.of(all), "x"), of(List.of(), "a"));
    assertDisjoint(true, of(List.of(all)), of(List.of()));
  }

  @Test
  void whoReadsTheSameMayShare() {
    Condition at = new Condition.KeyAt(key("b"), new Revision(3));
    Condition range = new Condition.RangeUnchanged(RANGE, READ, List.of(), false);
    assertDisjoint(true, of(List.of(at, range), "x"), of(List.of(at, range), "y"));
  }

  @Test
  void twoThatExpectOneKeyAbsentMustNotShare() {
    Condition absent = new Condition.KeyAbsent(key("own number"));
    assertDisjoint(false, of(List.of(absent), "x"), of(List.of(absent), "y"));
  }

  @Test
  void aSumIsAsLargeAsItsPartsAndMeetsWhatTheyMeet() {
    Condition read = new Condition.RangeUnchanged(RANGE, READ, List.of(key("b"), key("c")), false);
    Footprint one = of(List.of(read), "x");
    Footprint other = of(List.of(new Condition.KeyAbsent(key("e"))), "y", "z");
    int compares = one.compares() + other.compares();
    long bytes = one.bytes() + other.bytes();
    one.add(other);
    assertEquals(3, one.writes());
    assertEquals(compares, one.compares());
    assertEquals(bytes, one.bytes());
    for (String met : Arrays.asList("b", "e", "x", "y", "z")) {
      assertFalse(one.isDisjointFrom(of(List.of(), met)), met);
    }
    assertTrue(one.isDisjointFrom(of(List.of(), "a", "d", "w")));
  }
}
