package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks every vector in the document that specifies the encoding. */
final class KeyEncodingDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "docs", "key-encoding.md");

  /** The rows of the table with these headings, as cells without code marks. */
  private static List<List<String>> table(String... headings) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(DOCUMENT)) {
      List<String> cells = cells(line);
      if (cells.equals(List.of(headings))) {
        inside = true;
      } else if (cells.isEmpty()) {
        inside = false;
      } else if (inside && !cells.get(0).startsWith("---")) {
        rows.add(cells);
      }
    }
    assertFalse(rows.isEmpty(), () -> "No table " + Arrays.toString(headings));
    return rows;
  }

  private static List<String> cells(String line) {
    if (!line.startsWith("|")) {
      return List.of();
    }
    return Stream.of(line.substring(1).split("\\|"))
        .map(cell -> cell.strip().replaceAll("^`([^`]*)`$", "$1"))
        .toList();
  }

  private static Key key(String hex) {
    return Key.ofBytes(HexFormat.of().parseHex(hex));
  }

  private static void check(String tuple, String hex) {
    Key key = key(hex);
    assertEquals(tuple, key.toString());
    List<Object> elements = key.elements();
    assertEquals(key, Key.of(elements.toArray()), tuple);
    if (elements.stream().noneMatch(Instant.class::isInstance)) {
      assertEquals(key, Key.ofBytes(FdbTuples.of(elements).pack()), tuple);
    }
  }

  @Test
  void examplesOfTheTypesHold() throws IOException {
    List<List<String>> rows =
        table("type", "Java", "code", "bytes behind the code", "example", "encoded");
    for (List<String> row : rows) {
      if (!row.get(0).equals("digest")) {
        check(row.get(4), row.get(5));
        assertTrue(isAmong(row.get(2), row.get(5).substring(0, 2)), () -> "Code of " + row);
      }
    }
    assertEquals(10, rows.size());
  }

  /** Whether the code is the one that the cell names, or between the first two that it names. */
  private static boolean isAmong(String cell, String code) {
    List<String> named = Stream.of(cell.replace("`", "").split("[^0-9A-F]+")).limit(2).toList();
    int value = HexFormat.fromHexDigits(code);
    return HexFormat.fromHexDigits(named.get(0)) <= value
        && value <= HexFormat.fromHexDigits(named.get(named.size() - 1));
  }

  @Test
  void vectorsHoldAndAscend() throws IOException {
    List<List<String>> rows = table("tuple", "bytes");
    rows.forEach(row -> check(row.get(0), row.get(1)));
    List<Key> keys = rows.stream().map(row -> key(row.get(1))).toList();
    assertEquals(keys.stream().sorted().distinct().toList(), keys);
    assertTrue(keys.size() > 40, () -> "Only " + keys.size());
  }

  @Test
  void bytesThatAreNoTupleAreRefused() throws IOException {
    for (List<String> row : table("bytes", "why")) {
      assertFalse(key(row.get(0)).isTuple(), row::toString);
    }
  }

  @Test
  void recordKeysHold() throws IOException {
    for (List<String> row : table("record key", "tuple", "bytes")) {
      check(row.get(1), row.get(2));
      Key key = key(row.get(2));
      String readable =
          ItemKey.parse(key)
              .map(ItemKey::toString)
              .orElseGet(() -> IndexKey.parse(key).orElseThrow().toString());
      assertEquals(row.get(0), readable);
    }
  }

  @Test
  void longValuesAreShortenedAsDescribed() throws IOException {
    for (List<String> row : table("whole", "beginning that is kept", "SHA-256")) {
      String whole = repeated(row.get(0));
      String kept = repeated(row.get(1));
      Key base = Key.of(2, "type", "field");
      Key value =
          row.get(2).equals("none")
              ? base.append(kept)
              : base.append(kept).plus((byte) 0x41).plus(HexFormat.of().parseHex(row.get(2)));
      assertEquals(value.append("7"), new IndexKey("type", "field", whole, "7").toKey());
    }
  }

  /** The text that a cell like {@code `a` × 512} describes. */
  private static String repeated(String cell) {
    String[] parts = cell.replace("`", "").split(" × ");
    return parts[0].repeat(Integer.parseInt(parts[1]));
  }
}
