package io.holdfast.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Tables of what tests measured, left in {@code target} for the documentation. */
final class Tables {
  private Tables() {}

  /** Puts lines in the place of those of the same store, which is their first column. */
  static void put(String file, List<String> columns, String store, List<String> lines)
      throws IOException {
    Path table = Path.of("target", file);
    List<String> all = new ArrayList<>();
    if (Files.exists(table)) {
      Files.readAllLines(table).stream()
          .filter(line -> !line.startsWith("| " + store + " "))
          .forEach(all::add);
    } else {
      Files.createDirectories(table.getParent());
      all.add("| " + String.join(" | ", columns) + " |");
      all.add("|" + String.join("|", Collections.nCopies(columns.size(), "---")) + "|");
    }
    all.addAll(lines);
    Files.write(table, all);
  }
}
