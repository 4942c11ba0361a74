package io.holdfast.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The checked-out repository that this test runs in. */
final class Repository {

  /** What tools leave behind, and what .gitignore names. */
  private static final Set<String> NOT_OURS =
      Set.of(".git", ".holdfast", ".idea", ".jqwik-database", ".settings", "target");

  private Repository() {}

  /** The directory that holds the root pom. */
  static Path root() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(here.resolve(".mvn"))) {
      here = here.getParent();
    }
    return here;
  }

  /** All text files; what holds a NUL is not text. */
  static List<Source> sources() {
    Path root = root();
    List<Source> sources = new ArrayList<>();
    for (Path file : files(root)) {
      String text = read(file);
      if (text.indexOf('\0') < 0) {
        sources.add(new Source(root.relativize(file).toString().replace('\\', '/'), text));
      }
    }
    return sources;
  }

  private static List<Path> files(Path root) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(root, new OurFiles(files));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class OurFiles extends SimpleFileVisitor<Path> {
    private final List<Path> found;

    OurFiles(List<Path> found) {
      this.found = found;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      return isOurs(directory) ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile() && isOurs(file)) {
        found.add(file);
      }
      return FileVisitResult.CONTINUE;
    }

    private static boolean isOurs(Path file) {
      return !NOT_OURS.contains(file.getFileName().toString());
    }
  }
}
