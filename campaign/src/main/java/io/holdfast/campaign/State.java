package io.holdfast.campaign;

import java.util.Optional;

/** The entries of the store after a commit: for each key its writer and its revisions. */
final class State {
  private final long[] writers = new long[Space.NUMBERS];
  private final long[] created = new long[Space.NUMBERS];
  private final long[] modified = new long[Space.NUMBERS]; // 0: absent

  boolean has(int key) {
    return modified[key] != 0;
  }

  void apply(Commit commit) {
    for (int i = 0; i < commit.size(); i++) {
      int key = commit.key(i);
      boolean delete = commit.writer(i) == 0;
      writers[key] = commit.writer(i);
      created[key] = delete ? 0 : commit.created(i);
      modified[key] = delete ? 0 : commit.revision();
    }
  }

  /** The revision that an entry must name as its creation if it is written at this one. */
  long createdWhenWritten(int key, long revision) {
    return has(key) ? created[key] : revision;
  }

  /** What a read must have found instead; empty when it found just that. */
  Optional<String> contradiction(Read read) {
    int entry = 0;
    int there = 0;
    for (int key = read.from(); key < read.to(); key++) {
      if (has(key)) {
        there++;
        if (read.sort() != Read.Sort.COUNT) {
          if (entry >= read.entries() || !isSame(key, read, entry)) {
            return Optional.of("instead there was " + text(key));
          }
          entry++;
        }
      }
    }
    return there == read.count()
        ? Optional.empty()
        : Optional.of("instead there were " + there + " keys");
  }

  private boolean isSame(int key, Read read, int entry) {
    return read.key(entry) == key
        && read.modified(entry) == modified[key]
        && (read.writer(entry) == 0 || read.writer(entry) == writers[key])
        && (read.created(entry) == 0 || read.created(entry) == created[key]);
  }

  private String text(int key) {
    return "%s by %s r%d/r%d"
        .formatted(Space.text(key), Operation.name(writers[key]), created[key], modified[key]);
  }
}
