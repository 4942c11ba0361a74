package io.holdfast.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/**
 * A small file system of a test's own, which it can fill to the last byte.
 *
 * @param path where it is mounted; anybody may write there
 */
public record Volume(Path path) implements AutoCloseable {

  /** Mounts one, or aborts the test where this account may not. */
  public static Volume ofMegabytes(int size) throws IOException {
    Path at = Files.createTempDirectory("holdfast-volume");
    try {
      Mounts.require("tmpfs", "size=" + size + "m,mode=0777", at);
    } catch (TestAbortedException e) {
      Files.delete(at);
      throw e;
    }
    return new Volume(at);
  }

  /** Takes all room that is left. */
  public void fill() throws IOException {
    byte[] block = new byte[1 << 12];
    try (OutputStream out = Files.newOutputStream(filler())) {
      while (Files.getFileStore(path).getUsableSpace() > 0) {
        out.write(block);
      }
    } catch (IOException e) {
      if (Files.getFileStore(path).getUsableSpace() > 0) {
        throw e;
      }
    }
  }

  /** Gives back what {@link #fill} took. */
  public void free() throws IOException {
    Files.delete(filler());
  }

  private Path filler() {
    return path.resolve("filler");
  }

  @Override
  public void close() throws IOException {
    Mounts.unmount(path);
    Files.delete(path);
  }
}
