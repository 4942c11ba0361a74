package io.holdfast.conformance;

import java.util.List;
import java.util.stream.Stream;

/** Every fault that the kit is known to catch. */
final class BrokenStores {
  static final List<BrokenStore> ALL =
      Stream.of(BrokenReads.ALL, BrokenCommits.ALL, BrokenWatches.ALL, BrokenHistories.ALL)
          .flatMap(List::stream)
          .toList();

  private BrokenStores() {}
}
