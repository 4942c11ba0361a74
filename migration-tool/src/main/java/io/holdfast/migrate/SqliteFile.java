package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_CHANGED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_LOCKED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_MISSING;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_NOT_A_DATABASE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNREADABLE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.sqlite.SQLiteConfig;

/**
 * A SQLite file in one read transaction, opened in a way that leaves nothing beside it.
 *
 * <p>SPIRE's files are in write-ahead mode. Whoever opens such a file makes a {@code -wal} and a
 * {@code -shm} file beside it, and a reader that may not write leaves them behind, owned by whoever
 * ran it: the server could then fail to open its own database. So there are three ways to open:
 *
 * <ul>
 *   <li>Both files are there (a server is running, or was killed), or the file is not in
 *       write-ahead mode: plainly, read-only.
 *   <li>No {@code -wal}: nobody uses the file. It is opened as immutable, which needs no other file
 *       and works on read-only media. That it did not change is checked at the end.
 *   <li>Only a {@code -wal}: a copy of a running server's files. It is copied once more, to a
 *       private temporary directory, and opened there.
 * </ul>
 */
final class SqliteFile implements LegacySource {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = 100;
  private static final int HEADER_READ_VERSION = 19;
  private static final int WRITE_AHEAD = 2;
  // Where SQLite's processes lock a file for sharing (its file format, "locking byte page").
  private static final long SHARED_FIRST = 0x40000002L;
  private static final long SHARED_SIZE = 510;
  private static final long LOCK_RETRY_MILLIS = 20;

  private final Path path;
  private final Duration lockWait;
  private FileChannel channel;
  private Path copy;
  private Connection connection;
  private Object identity; // of the file that was opened; null where the system has none
  private boolean atRest;
  private FileTime modified;
  private long size;

  private SqliteFile(Path path, Duration lockWait) {
    this.path = path;
    this.lockWait = lockWait;
  }

  /** Opens the file and begins the transaction. */
  static SqliteFile open(Path path, Duration lockWait) {
    SqliteFile file = new SqliteFile(path.toAbsolutePath().normalize(), lockWait);
    file.openOrClose();
    return file;
  }

  private void openOrClose() {
    try {
      open();
    } catch (SQLException e) {
      close();
      throw failure(e);
    } catch (IOException e) {
      close();
      throw new MigrationException(
          SOURCE_UNREADABLE,
          "cannot read " + path + ": " + e + "; check its permissions and the disk",
          e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void open() throws IOException, SQLException {
    checkIsFile();
    identity = identity();
    channel = FileChannel.open(path);
    boolean writeAhead = checkHeader();
    boolean log = Files.exists(beside("-wal"));
    if (!writeAhead || (log && Files.exists(beside("-shm")))) {
      // Before SQLite opens it: closing any handle of a file drops the process's locks on it.
      closeChannel();
      connect(path, "mode=ro");
    } else if (!log) {
      lockShared();
      atRest = true;
      modified = Files.getLastModifiedTime(path);
      size = channel.size();
      connect(path, "mode=ro&immutable=1");
    } else {
      lockShared();
      copyWithLog();
      closeChannel();
      connect(copy.resolve("copy.db"), "mode=ro");
    }
  }

  private void checkIsFile() throws IOException {
    boolean isFile;
    try {
      isFile = Files.readAttributes(path, BasicFileAttributes.class).isRegularFile();
    } catch (NoSuchFileException e) {
      String options =
          path.toString().contains("?") ? ", which takes no options behind a question mark" : "";
      throw new MigrationException(
          SOURCE_MISSING, "no such file: " + path + "; check the name of the source" + options, e);
    } catch (AccessDeniedException e) {
      throw mayNotRead(e); // Perhaps a folder on the way, of which nothing else is known.
    } catch (FileSystemException e) {
      isFile = false; // What leads there is no folder, or goes round in circles.
    }
    if (!isFile) {
      throw notADatabase("it is not a regular file");
    }
    if (!Files.isReadable(path)) {
      throw mayNotRead(null);
    }
  }

  /** What tells a file from another one that took its name. */
  private Object identity() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  private MigrationException mayNotRead(Exception cause) {
    return new MigrationException(
        SOURCE_UNREADABLE, "may not read " + path + "; run as a user who may", cause);
  }

  /** Whether the file is in write-ahead mode. */
  private boolean checkHeader() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    while (header.hasRemaining() && channel.read(header, header.position()) >= 0) {
      // reads on
    }
    if (header.position() == 0) {
      throw notADatabase("it is empty");
    }
    byte[] bytes = header.array();
    if (header.hasRemaining() || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw notADatabase("it does not begin like one");
    }
    return bytes[HEADER_READ_VERSION] == WRITE_AHEAD;
  }

  private MigrationException notADatabase(String why) {
    return new MigrationException(
        SOURCE_NOT_A_DATABASE,
        "not a SQLite database: " + path + ": " + why + "; check the name of the source");
  }

  /** Joins SQLite's locking without SQLite, for the two ways in which SQLite would not lock. */
  private void lockShared() throws IOException {
    long end = System.nanoTime() + lockWait.toNanos();
    try {
      while (channel.tryLock(SHARED_FIRST, SHARED_SIZE, true) == null) {
        if (System.nanoTime() - end >= 0) {
          throw locked(null);
        }
        TimeUnit.MILLISECONDS.sleep(LOCK_RETRY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw locked(e);
    } catch (OverlappingFileLockException e) {
      // This process reads the file already, so nobody else has it to himself.
    }
  }

  private MigrationException locked(Exception cause) {
    return new MigrationException(
        SOURCE_LOCKED,
        "locked by another process for over %d ms: %s; stop that process, or read a copy"
            .formatted(lockWait.toMillis(), path),
        cause);
  }

  private void copyWithLog() throws IOException {
    copy = temporaryFolder();
    FileTime before = Files.getLastModifiedTime(path);
    Path database = copy.resolve("copy.db");
    try (FileChannel target = FileChannel.open(database, CREATE_NEW, WRITE)) {
      long done = 0;
      while (done < channel.size()) {
        done += channel.transferTo(done, channel.size() - done, target);
      }
    }
    Files.copy(beside("-wal"), copy.resolve("copy.db-wal"));
    if (!before.equals(Files.getLastModifiedTime(path)) || Files.exists(beside("-shm"))) {
      throw changed();
    }
  }

  private Path temporaryFolder() {
    try {
      return Files.createTempDirectory("holdfast-legacy-");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "no temporary folder can be made, in which %s is to be read with its log (%s);"
                  .formatted(path, e)
              + " name one that can be written: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER",
          e);
    }
  }

  private void connect(Path database, String parameters) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setReadOnly(true);
    config.setBusyTimeout((int) Math.min(lockWait.toMillis(), Integer.MAX_VALUE));
    connection = config.createConnection(driverUrl(database, parameters));
    connection.setAutoCommit(false);
    checkIntegrity();
    checkEncoding();
  }

  /** The driver's URL of a file with any name. */
  static String driverUrl(Path database, String parameters) {
    return "jdbc:sqlite:file://" + database.toUri().getRawPath() + "?" + parameters;
  }

  /**
   * Compares tables and indexes, and with that begins the transaction. A damaged index could
   * otherwise hide rows without an error; an entry that lost a selector would match more workloads.
   */
  private void checkIntegrity() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA integrity_check(1)")) {
      row.next();
      if (!"ok".equals(row.getString(1))) {
        throw damaged(row.getString(1), null);
      }
    }
  }

  /** Texts are read as the bytes that they are kept in. */
  private void checkEncoding() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA encoding")) {
      row.next();
      if (!"UTF-8".equals(row.getString(1))) {
        throw unreadable(
            "keeps texts as %s, which SPIRE never does; dump it into a new one with sqlite3"
                .formatted(row.getString(1)),
            null);
      }
    }
  }

  private Path beside(String suffix) {
    return path.resolveSibling(path.getFileName() + suffix);
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public LegacyDialect dialect() {
    return LegacyDialect.SQLITE;
  }

  /** The driver of SPIRE's own server takes such times for UTC. */
  @Override
  public ZoneId zone() {
    return ZoneOffset.UTC;
  }

  /** The file's absolute name. */
  @Override
  public String name() {
    return path.toString();
  }

  /** Opens the file again where it was not opened as one that a server writes to. */
  @Override
  public void renew() {
    try {
      checkIsNotReplaced();
      if (atRest || copy != null) {
        if (copy == null && isUnchanged() && Files.notExists(beside("-wal"))) {
          return;
        }
        close();
        connection = null;
        channel = null;
        copy = null;
        atRest = false;
        openOrClose();
      } else {
        connection.rollback();
        checkIsFile();
        beginReading();
      }
    } catch (SQLException e) {
      throw failure(e);
    } catch (IOException e) {
      throw new MigrationException(SOURCE_MISSING, "gone meanwhile: " + path, e);
    }
  }

  /** What is open would stay as it is for ever. */
  private void checkIsNotReplaced() throws IOException {
    if (!Objects.equals(identity, identity())) {
      throw new MigrationException(
          SOURCE_CHANGED, "another file was put in its place: " + path + "; start again");
    }
  }

  /** A transaction begins with its first statement. */
  private void beginReading() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery("SELECT COUNT(*) FROM sqlite_master").close();
    }
  }

  private boolean isUnchanged() throws IOException {
    return Files.size(path) == size && Files.getLastModifiedTime(path).equals(modified);
  }

  @Override
  public void checkUnchanged() {
    try {
      if (atRest && !isUnchanged()) {
        throw changed();
      }
    } catch (IOException e) {
      throw new MigrationException(
          SOURCE_CHANGED, "gone while it was read: " + path + "; read a copy instead", e);
    }
  }

  private MigrationException changed() {
    return new MigrationException(
        SOURCE_CHANGED,
        "changed while it was read: " + path + "; stop whoever writes to it and start again");
  }

  @Override
  public MigrationException failure(SQLException e) {
    return switch (e.getErrorCode()) {
      case 5, 6 -> locked(e); // SQLITE_BUSY, SQLITE_LOCKED
      case 8 -> // SQLITE_READONLY: only a writer can undo a transaction that was cut short
          unreadable("was left in the middle of a transaction; open it once with its server", e);
      case 11, 26 -> // SQLITE_CORRUPT, SQLITE_NOTADB
          damaged(e.getMessage(), e);
      default -> unreadable("cannot be read (" + e.getMessage() + "); read a copy instead", e);
    };
  }

  private MigrationException damaged(String how, SQLException e) {
    return unreadable("is damaged or cut off (" + how + "); restore it from a backup", e);
  }

  private MigrationException unreadable(String what, SQLException e) {
    return new MigrationException(SOURCE_UNREADABLE, "the database " + path + " " + what, e);
  }

  private void closeChannel() throws IOException {
    channel.close();
    channel = null;
  }

  @Override
  public void close() {
    try {
      if (connection != null) {
        connection.close();
      }
      if (channel != null) {
        channel.close();
      }
    } catch (SQLException | IOException e) {
      throw new MigrationException(SOURCE_UNREADABLE, "cannot close " + path + ": " + e, e);
    } finally {
      deleteCopy();
    }
  }

  private void deleteCopy() {
    if (copy == null) {
      return;
    }
    for (String name : new String[] {"copy.db-shm", "copy.db-wal", "copy.db", ""}) {
      try {
        Files.deleteIfExists(copy.resolve(name));
      } catch (IOException e) {
        throw new MigrationException(
            SOURCE_UNREADABLE, "cannot delete the temporary copy in " + copy + ": " + e, e);
      }
    }
  }
}
