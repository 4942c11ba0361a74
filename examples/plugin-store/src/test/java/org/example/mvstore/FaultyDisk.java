package org.example.mvstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.h2.store.fs.FileBaseDefault;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/** Files whose writes and flushes are written down, and can fail; before a path stands FAULTY. */
public final class FaultyDisk extends FilePathWrapper {
  static final String PREFIX = "faulty:";

  /** "write" and "force", in their order. */
  static final List<String> CALLS = new CopyOnWriteArrayList<>();

  static volatile boolean failing;

  /** What happens before each flush. */
  static volatile Runnable beforeFlush = () -> {};

  /** For the engine, which makes one for each path. */
  public FaultyDisk() {}

  /** From now on the engine knows these files; the disk is well. */
  static void plugIn() {
    FilePath.register(new FaultyDisk());
    CALLS.clear();
    failing = false;
    beforeFlush = () -> {};
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    return new File(getBase().open(mode));
  }

  private static void called(String call) throws IOException {
    CALLS.add(call);
    if (failing) {
      throw new IOException("the disk is broken");
    }
  }

  private static final class File extends FileBaseDefault {
    private final FileChannel base;

    File(FileChannel base) {
      this.base = base;
    }

    @Override
    public long size() throws IOException {
      return base.size();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return base.read(target, position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      called("write");
      return base.write(source, position);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      beforeFlush.run();
      called("force");
      base.force(metaData);
    }

    @Override
    protected void implTruncate(long size) throws IOException {
      base.truncate(size);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return base.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      base.close();
    }
  }
}
