package org.example.mvstore;

import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StoreProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Opens {@code mvstore:FILE}. One process at a time: a second one is told that the file is in use.
 * Several handles in one process share the file, and the settings of the first.
 */
public final class MvStoreProvider implements StoreProvider {
  /** The files that are open in this process. */
  private static final Map<Path, SharedFile> OPEN = new HashMap<>();

  private final String fileSystem;

  /** For the service loader. */
  public MvStoreProvider() {
    this("");
  }

  /** Opens files through one of MVStore's file systems: for tests with bad disks. */
  MvStoreProvider(String fileSystem) {
    this.fileSystem = fileSystem;
  }

  @Override
  public Set<String> schemes() {
    return Set.of("mvstore");
  }

  @Override
  public Set<String> options() {
    return Set.of();
  }

  @Override
  public Backend open(StoreConfig config) {
    Path path = realPath(config);
    synchronized (OPEN) {
      SharedFile file = OPEN.get(path);
      if (file == null) {
        file = SharedFile.open(fileSystem, path, config);
        OPEN.put(path, file);
      }
      file.handles++;
      return new MvBackend(file, () -> release(path));
    }
  }

  private static void release(Path path) {
    synchronized (OPEN) {
      SharedFile file = OPEN.get(path);
      if (--file.handles == 0) {
        OPEN.remove(path);
        file.close();
      }
    }
  }

  /** The same for all names of one file. */
  private static Path realPath(StoreConfig config) {
    if (config.target().isEmpty()) {
      throw unusable(Reason.URL, config + ": name a file, such as mvstore:shop.mv", null);
    }
    try {
      Path path = Path.of(config.target()).toAbsolutePath();
      if (Files.exists(path)) {
        return check(config, path.toRealPath());
      }
      return path.getParent().toRealPath().resolve(path.getFileName());
    } catch (InvalidPathException e) {
      throw unusable(Reason.URL, config + " is not the name of a file", e);
    } catch (IOException e) {
      throw unusable(Reason.NOT_FOUND, config + ": there is no such folder: " + e.getMessage(), e);
    }
  }

  private static Path check(StoreConfig config, Path path) {
    if (!Files.isRegularFile(path)) {
      throw unusable(Reason.NOT_A_STORE, config + " is not a file", null);
    }
    if (!Files.isWritable(path)) {
      throw unusable(Reason.READ_ONLY, config + " may not be written", null);
    }
    return path;
  }

  private static StoreException unusable(Reason reason, String message, Throwable cause) {
    return new StoreException.Unusable(reason, message, cause);
  }
}
