package io.holdfast.campaign;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** Writes the records of a log, each at once, so that a kill loses none of those before. */
final class LogWriter implements AutoCloseable {
  private final OutputStream out;

  /** Creates the file. A plain stream, since an interrupted thread would close a channel. */
  LogWriter(Path file) {
    try {
      out = new FileOutputStream(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(Packed record) {
    try {
      out.write(record.framed());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
