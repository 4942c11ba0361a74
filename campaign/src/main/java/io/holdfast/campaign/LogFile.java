package io.holdfast.campaign;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads the records of a log up to its end, or to the record that its process was killed in.
 *
 * <p>Writers hand each record to the system in one call and keep nothing back, so a log tells all
 * that a killed process has done.
 */
final class LogFile implements AutoCloseable {
  private final DataInputStream in;

  LogFile(Path file) {
    try {
      InputStream opened = Files.newInputStream(file);
      in = new DataInputStream(new BufferedInputStream(opened, 1 << 16));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next record; empty at the end. */
  Optional<Packed> next() {
    try {
      byte[] record = new byte[in.readInt()];
      in.readFully(record);
      return Optional.of(new Packed(record));
    } catch (EOFException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
