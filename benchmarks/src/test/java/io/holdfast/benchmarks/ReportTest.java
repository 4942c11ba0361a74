package io.holdfast.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final Figure WRITES = new Figure("writes", "naive", "op/s", Bound.atLeast(1.5));

  @Test
  void aRatioIsTheMedianOfNeighbours() {
    Result result = new Result(WRITES, List.of(10.0, 400.0, 30.0), List.of(10.0, 100.0, 10.0));
    assertEquals(3.0, result.value());
    assertEquals(
        "| writes | naive | 30 op/s | 10 op/s | 3 (1 to 4) | ≥ 1.50 | reached |",
        Report.row(result));
  }

  @Test
  void aMissTellsByHowMuch() {
    assertEquals("**missed**: 20 % below", Bound.atLeast(1.5).verdict(1.2));
    assertEquals("**missed**: 10 % above", Bound.atMost(20).verdict(22));
    assertEquals("**missed**", Bound.atMost(0).verdict(1));
    assertEquals("reached", Bound.atMost(20).verdict(20));
    assertEquals("", Bound.none().verdict(20));
  }

  @Test
  void aFigureWithAPeerNeedsTheSameRoundsOfBoth() {
    assertThrows(IllegalArgumentException.class, () -> new Result(WRITES, List.of(1.0), List.of()));
    assertThrows(IllegalArgumentException.class, () -> new Result(WRITES, List.of(), List.of()));
  }

  @Test
  void aTableIsReplacedAndTheTextAroundItStays(@TempDir Path folder) throws Exception {
    Path page = folder.resolve("page.md");
    Result first = new Result(WRITES, List.of(1.0), List.of(1.0));
    Report.write(page, Group.SQLITE, "First run.", List.of(first));
    Report.write(page, Group.MEMORY, "Another.", List.of(first));
    Files.writeString(page, Files.readString(page) + "\nWhat the profile shows.\n");
    Result second = new Result(WRITES, List.of(2.0), List.of(1.0));
    Report.write(page, Group.SQLITE, "Second run.", List.of(second));
    String text = Files.readString(page);
    assertTrue(text.contains("Second run.") && text.contains("Another."), text);
    assertEquals(-1, text.indexOf("First run."), text);
    assertTrue(text.endsWith("\nWhat the profile shows.\n"), text);
    assertEquals(text.indexOf("<!-- sqlite -->"), text.lastIndexOf("<!-- sqlite -->"), text);
  }
}
