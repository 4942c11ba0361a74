package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BinariesTest {
  private static final Wish OPEN = new Wish("SERVER", "");
  private static final String ADVICE = "Install a server.";

  @TempDir private Path folder;
  private Binaries older;
  private Binaries newer;

  @BeforeEach
  void createPrograms() throws IOException {
    older = program("older");
    newer = program("newer");
  }

  @Test
  void theFirstThatFitsIsTaken() {
    assertEquals(newer, search(true).find(OPEN, ADVICE));
  }

  @Test
  void aFolderThatIsAskedForIsTakenAlsoIfItDoesNotFit() {
    Wish wish = new Wish("SERVER", older.folder().toString());
    assertEquals(older, search(true).find(wish, ADVICE));
  }

  @Test
  void allThatWasTriedIsTold() {
    TestbedException e =
        assertThrows(TestbedException.class, () -> search(false).find(OPEN, ADVICE));
    String places = List.of(older.folder(), newer.folder()).toString();
    assertTrue(e.getMessage().contains("none that fits on the PATH or in " + places));
    assertTrue(e.getMessage().contains("download: no network"), e::getMessage);
    assertTrue(e.getMessage().endsWith(ADVICE), e::getMessage);
  }

  @Test
  void theMachineIsNotSearchedIfTheDownloadIsAskedFor() {
    Wish wish = new Wish("SERVER", "download");
    TestbedException e =
        assertThrows(TestbedException.class, () -> search(true).find(wish, ADVICE));
    assertFalse(e.getMessage().contains("PATH"), e::getMessage);
  }

  private Binaries.Search search(boolean newerFits) {
    return new Binaries.Search(
        "holdfast-test-server",
        List.of(older.folder(), newer.folder()),
        binaries -> newerFits && binaries.equals(newer),
        () -> {
          throw new IOException("no network");
        });
  }

  private Binaries program(String version) throws IOException {
    Path place = Files.createDirectories(folder.resolve(version).resolve("bin")).toRealPath();
    Path file = Files.createFile(place.resolve("holdfast-test-server"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new Binaries(place, Map.of());
  }
}
