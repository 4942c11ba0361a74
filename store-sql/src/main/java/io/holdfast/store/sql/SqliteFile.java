package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/** The file of an SQLite store: whether one can be there, and whether it is still the same one. */
final class SqliteFile {
  private final Path path;

  /** What the operating system calls the file, whatever its name; null where it does not say. */
  private volatile Object identity;

  private SqliteFile(Path path) {
    this.path = path;
  }

  /** The file at a path, looked at without opening a database, so that nothing there changes. */
  static SqliteFile at(String target) {
    if (target.isEmpty() || target.equals(":memory:")) {
      throw unusable(
          Reason.URL,
          "sqlite: needs the path of a file, such as sqlite:data/shop.db; for a store"
              + " in memory use memory:NAME");
    }
    Path path;
    try {
      path = Path.of(target).toAbsolutePath();
    } catch (InvalidPathException e) {
      throw new StoreException.Unusable(Reason.URL, "sqlite:" + target + " is no file path", e);
    }
    SqliteFile file = new SqliteFile(path);
    file.checkPlace();
    return file;
  }

  private void checkPlace() {
    Path folder = path.getParent();
    if (folder == null || Files.isDirectory(path)) {
      throw unusable(Reason.NOT_A_STORE, this + " is a folder: name a file in it");
    }
    if (!Files.isDirectory(folder)) {
      throw unusable(Reason.NOT_FOUND, this + ": there is no folder " + folder + ": create it");
    }
    if (Files.exists(path)) {
      checkFile();
    }
    Path logs = place().getParent();
    if (!Files.isWritable(logs)) {
      throw unusable(
          Reason.READ_ONLY,
          this
              + ": the folder "
              + logs
              + " cannot be written, and the log lies beside the file: check its permissions");
    }
  }

  /** Where the file lies if the path is a link: there is its log, and what else is beside it. */
  private Path place() {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path; // there is none yet
    }
  }

  private Path beside(String ending) {
    Path place = place();
    return place.resolveSibling(place.getFileName() + ending);
  }

  /** Whether there is a file. */
  boolean exists() {
    return Files.exists(path);
  }

  /**
   * Whether a table is in the file, found out without changing anything there. Yes if that cannot
   * be told so, since there is a log that has not been taken into the file; whoever opens it learns
   * it.
   */
  boolean mayHold(String table) {
    if (logBytes() > 0) {
      return true;
    }
    try (Connection connection = unchanging();
        PreparedStatement query =
            connection.prepareStatement("SELECT 1 FROM sqlite_master WHERE name = ?")) {
      query.setString(1, table);
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    } catch (SQLException e) {
      return true;
    }
  }

  private void checkFile() {
    if (!Files.isRegularFile(path)) {
      throw unusable(Reason.NOT_A_STORE, this + " is not a regular file: name another");
    }
    if (!Files.isReadable(path)) {
      throw unusable(Reason.ACCESS_DENIED, this + " cannot be read: check its permissions");
    }
    if (isOfSomethingElse()) {
      throw unusable(
          Reason.NOT_A_STORE, this + " is a file, but not an SQLite database: name another");
    }
    if (!Files.isWritable(path)) {
      throw unusable(Reason.READ_ONLY, this + " cannot be written: check its permissions");
    }
  }

  /**
   * Whether the file is no database. SQLite itself is asked: were the file opened and closed beside
   * it, the system would drop the locks that this process holds through it, for handles that are
   * open already, and whoever reads the file next would delete their log.
   */
  private boolean isOfSomethingElse() {
    try (Connection connection = unchanging();
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA schema_version");
      return false;
    } catch (SQLException e) {
      return SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xFF) == SQLiteErrorCode.SQLITE_NOTADB;
    }
  }

  /** A connection that changes nothing, and looks into no log. */
  private Connection unchanging() throws SQLException {
    SQLiteConfig readOnly = new SQLiteConfig();
    readOnly.setReadOnly(true);
    String url = "jdbc:sqlite:file://" + path.toUri().getRawPath() + "?mode=ro&immutable=1";
    return readOnly.createConnection(url);
  }

  /**
   * Does something while no other process does the same, by a lock on a file beside this one. That
   * is deleted at the end; whoever waited for the deleted file finds the work done.
   */
  void alone(Deadline deadline, Runnable task) {
    Path beside = beside("-setup");
    try (FileChannel channel =
        FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      awaitLock(channel, deadline);
      try {
        task.run();
      } finally {
        Files.deleteIfExists(beside);
      }
    } catch (IOException e) {
      throw new StoreException.Unavailable(this + ": cannot lock " + beside + ": " + e, e);
    }
  }

  private void awaitLock(FileChannel channel, Deadline deadline) throws IOException {
    Backoff backoff = Pauses.forTrouble();
    while (!isLocked(channel)) {
      if (deadline.hasPassed()) {
        throw new StoreException.Unavailable(
            this + ": another process is creating the tables: wait, or end it", null);
      }
      backoff.pause("open", deadline);
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // This process has it, through another class loader.
    }
  }

  /** Remembers which file the path leads to now. */
  void rememberIdentity() {
    identity = identityNow();
  }

  /**
   * Throws if the path has come to lead to another file, or to none. A database whose file is gone
   * can still be written, and all of it is lost at the end.
   */
  void checkUnmoved() {
    if (identity != null && !Objects.equals(identity, identityNow())) {
      throw unusable(
          Reason.NOT_FOUND,
          this + " was removed or replaced while it was open: close the store and open it again");
    }
  }

  private Object identityNow() {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null;
    }
  }

  long logBytes() {
    try {
      return Files.size(beside("-wal"));
    } catch (IOException e) {
      return 0;
    }
  }

  String jdbcUrl() {
    return "jdbc:sqlite:" + path;
  }

  private static StoreException unusable(Reason reason, String message) {
    return new StoreException.Unusable(reason, message, null);
  }

  @Override
  public String toString() {
    return "sqlite:" + path;
  }
}
