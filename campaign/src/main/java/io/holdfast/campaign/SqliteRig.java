package io.holdfast.campaign;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;

/** One SQLite file. It has no server: what can be harmed are the processes that use it. */
final class SqliteRig implements Rig {
  private final Path folder;

  SqliteRig(Path folder) {
    this.folder = folder;
  }

  @Override
  public String url() {
    return "sqlite:" + folder.resolve("store.db");
  }

  @Override
  public String directUrl() {
    return url();
  }

  @Override
  public List<Fault> faults() {
    return List.of();
  }

  @Override
  public String version() {
    return SqlUrls.version(() -> DriverManager.getConnection("jdbc:sqlite::memory:"));
  }

  @Override
  public void close() {
    // The file goes with the folder.
  }
}
