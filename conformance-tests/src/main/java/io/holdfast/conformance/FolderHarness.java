package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** A harness for stores that keep their data as files in one folder; makes a temporary one. */
public final class FolderHarness implements StoreHarness {
  private final StoreProvider provider;
  private final Path root;
  private final Path data;
  private final Path saved;
  private final StoreConfig place;

  /**
   * A new, empty folder.
   *
   * @param provider opens the store
   * @param url gives the URL of the store whose files lie in a folder
   */
  public FolderHarness(StoreProvider provider, Function<Path, String> url) {
    this.provider = Objects.requireNonNull(provider, "provider");
    try {
      root = Files.createTempDirectory("holdfast-conformance");
      data = Files.createDirectory(root.resolve("data"));
      saved = root.resolve("saved");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    place = StoreConfig.of(url.apply(data));
  }

  @Override
  public StoreConfig place() {
    return place;
  }

  @Override
  public Backend open(StoreConfig config) {
    return provider.open(config);
  }

  @Override
  public void save() {
    replace(data, saved);
  }

  @Override
  public void restore() {
    replace(saved, data);
  }

  @Override
  public void close() {
    delete(root);
  }

  private static void replace(Path from, Path to) {
    delete(to);
    for (Path path : walk(from)) {
      try {
        Files.copy(path, to.resolve(from.relativize(path)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void delete(Path folder) {
    if (Files.exists(folder)) {
      List<Path> paths = walk(folder).stream().sorted(Comparator.reverseOrder()).toList();
      paths.forEach(FolderHarness::deleteOne);
    }
  }

  private static void deleteOne(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> walk(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
