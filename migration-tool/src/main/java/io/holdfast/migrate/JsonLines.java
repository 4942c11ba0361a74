package io.holdfast.migrate;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The lines of a stream, of bounded length. */
final class JsonLines {
  /** What a line becomes on its way to the store takes some twenty times as much. */
  private static final int MEMORY_SHARE = 32;

  private static final int BYTES_MAX =
      (int) Math.min(64 << 20, Runtime.getRuntime().maxMemory() / MEMORY_SHARE);

  private final InputStream in;

  JsonLines(InputStream in) {
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /** A line, without its line break. */
  static final class Line {
    private final byte[] bytes;
    private final boolean tooLong; // then its bytes are not there

    Line(byte[] bytes, boolean tooLong) {
      this.bytes = bytes;
      this.tooLong = tooLong;
    }

    /** Its text. */
    String text() {
      if (tooLong) {
        throw new BadRequest("the line is longer than " + BYTES_MAX + " bytes");
      }
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new BadRequest("the line is not UTF-8 text");
      }
    }
  }

  /** The next line; null at the end. */
  Line next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean tooLong = false;
    int next = in.read();
    if (next < 0) {
      return null;
    }
    for (; next >= 0 && next != '\n'; next = in.read()) {
      if (line.size() < BYTES_MAX) {
        line.write(next);
      } else {
        tooLong = true;
      }
    }
    return new Line(tooLong ? new byte[0] : line.toByteArray(), tooLong);
  }
}
