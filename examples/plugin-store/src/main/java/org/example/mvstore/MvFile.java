package org.example.mvstore;

import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.LongDataType;

/** The engine's file: opened, recognised, flushed, kept small, closed. */
final class MvFile implements AutoCloseable {
  private static final int FORMAT = 1;
  private static final int FLUSHES_BETWEEN_COMPACTIONS = 256;
  private static final int COMPACTED_BYTES = 1 << 20;
  private static final int FILL_PERCENT = 50;

  private final MVStore store;
  private final MVMap<String, String> about;
  private int flushes;

  private MvFile(MVStore store) {
    this.store = store;
    this.about = store.openMap("holdfast");
    // Chunks without live data may be used again as soon as what replaces them is flushed, and
    // each version is flushed. Otherwise they stay for 45 s, whatever is written meanwhile.
    store.setRetentionTime(0);
  }

  static MvFile open(String fileSystem, Path path, StoreConfig config) {
    MVStore store = openStore(fileSystem + path, config);
    try {
      // Without maps it is new, or somebody died while it was created.
      boolean isNew = store.getMapNames().isEmpty();
      if (!isNew && !store.hasMap("holdfast")) {
        throw unusable(Reason.NOT_A_STORE, config + " is an MVStore of something else", null);
      }
      MvFile file = new MvFile(store);
      if (isNew) {
        file.create();
        flushFolder(path.getParent());
      }
      file.checkFormat(config);
      return file;
    } catch (RuntimeException e) {
      store.closeImmediately();
      throw e;
    }
  }

  /** Nothing is written but by {@link #flush}: half a commit must never be on the disk. */
  private static MVStore openStore(String name, StoreConfig config) {
    try {
      return new MVStore.Builder()
          .fileName(name)
          .autoCommitDisabled()
          .autoCommitBufferSize(0)
          .open();
    } catch (MVStoreException e) {
      if (e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) {
        throw new StoreException.Unavailable(
            config + " is open in another process: this store is for one process at a time", e);
      }
      throw unusable(
          Reason.NOT_A_STORE, config + " is no MVStore, or a damaged one: " + e.getMessage(), e);
    }
  }

  private void create() {
    about.put("format", Integer.toString(FORMAT));
    about.put("incarnation", UUID.randomUUID().toString());
  }

  private void checkFormat(StoreConfig config) {
    if (Integer.parseInt(about.get("format")) > FORMAT) {
      throw unusable(
          Reason.NEWER_FORMAT,
          config + " was written by a newer version: use that one, or a newer one",
          null);
    }
  }

  /** Otherwise a new file can be gone after a power failure, with all that was flushed into it. */
  private static void flushFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Windows cannot do this, and does not need it.
    }
  }

  UUID incarnation() {
    return UUID.fromString(about.get("incarnation"));
  }

  MVMap<byte[], byte[]> entries() {
    return map("entries", ByteArrayDataType.INSTANCE); // compares unsigned
  }

  MVMap<Long, byte[]> commits() {
    return map("commits", LongDataType.INSTANCE);
  }

  private <K> MVMap<K, byte[]> map(String name, DataType<K> keys) {
    return store.openMap(
        name, new MVMap.Builder<K, byte[]>().keyType(keys).valueType(ByteArrayDataType.INSTANCE));
  }

  /** Writes all changes as one version, and waits for the disk. */
  void flush() {
    if (++flushes % FLUSHES_BETWEEN_COMPACTIONS == 0) {
      store.compact(FILL_PERCENT, COMPACTED_BYTES);
    }
    store.commit();
    store.sync();
  }

  /** Closes the file without writing anything. */
  void abandon() {
    store.closeImmediately();
  }

  @Override
  public void close() {
    store.close();
  }

  private static StoreException unusable(Reason reason, String message, Throwable cause) {
    return new StoreException.Unusable(reason, message, cause);
  }
}
