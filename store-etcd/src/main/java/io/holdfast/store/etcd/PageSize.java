package io.holdfast.store.etcd;

/**
 * How many entries to ask for so that a page has about the bytes it may have: etcd bounds what it
 * sends by number only. Learns from the pages before; races between threads cost a page, at worst.
 */
final class PageSize {
  private static final int UNKNOWN_ENTRIES = 1_000;
  private static final int ENTRIES_MIN = 16;

  private final int entriesMax;
  private final int bytesMax;
  private final int inboundBytesMax;
  private volatile long entryBytes;

  PageSize(int entriesMax, int bytesMax, int inboundBytesMax) {
    this.entriesMax = entriesMax;
    this.bytesMax = bytesMax;
    this.inboundBytesMax = inboundBytesMax;
  }

  /** How many entries to ask for when that many are wanted. */
  int entries(int wanted) {
    long fitting = entryBytes == 0 ? UNKNOWN_ENTRIES : bytesMax / entryBytes;
    long most = Math.min(entriesMax, Math.max(ENTRIES_MIN, fitting));
    return (int) Math.min(wanted, most);
  }

  /** An answer had this size; those of a few entries say little. */
  void learn(int entries, long bytes) {
    if (entries >= ENTRIES_MIN) {
      entryBytes = Math.max(1, bytes / entries);
    }
  }

  /** An answer was larger than this process takes. */
  int smaller(int entries) {
    entryBytes = Math.max(entryBytes, inboundBytesMax / Math.max(1, entries));
    return Math.max(1, entries / 4);
  }
}
