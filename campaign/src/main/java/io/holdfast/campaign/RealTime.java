package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ObjLongConsumer;

/**
 * Proves that what was acknowledged before an operation began stands before it. Operations whose
 * outcome was open bind nobody else, since nobody was told, but must stand behind what they could
 * know.
 */
final class RealTime {
  private final List<Operation> byEnd = new ArrayList<>();
  private final List<Operation> byBegin = new ArrayList<>();

  /**
   * Prepares the proof.
   *
   * @param operations all of them
   * @param authors the operations behind the commits, with their revisions
   */
  RealTime(List<Operation> operations, Operation[] authors) {
    byBegin.addAll(operations);
    byEnd.addAll(operations);
    byEnd.removeIf(operation -> !operation.isCommitted());
    for (Operation author : authors) {
      if (author.outcome().isOpen()) {
        byBegin.add(author);
      }
    }
    byEnd.sort(Comparator.comparingLong(Operation::completed));
    byBegin.sort(Comparator.comparingLong(Operation::invoked));
  }

  /**
   * Proves it.
   *
   * @param notPlaced gets each operation that has no place in the order, and the revision that it
   *     must have read behind
   */
  void check(Violations violations, ObjLongConsumer<Operation> notPlaced) {
    int ended = 0;
    Operation latest = null;
    for (Operation operation : byBegin) {
      while (ended < byEnd.size() && byEnd.get(ended).completed() < operation.invoked()) {
        Operation done = byEnd.get(ended++);
        latest = latest == null || place(done) > place(latest) ? done : latest;
      }
      if (!operation.isPlaced()) {
        notPlaced.accept(operation, latest == null ? 0 : latest.revision());
      } else if (operation.kind().isFresh() && latest != null && !isBehind(operation, latest)) {
        violations.add("R1", "the first had ended before the second began", latest, operation);
      }
    }
  }

  /** Those that share a revision were under way together, so neither had ended before. */
  private static boolean isBehind(Operation operation, Operation latest) {
    return place(operation) > place(latest)
        || (place(operation) == place(latest) && !operation.isWriter());
  }

  /** A reader stands behind the commit whose revision it was given. */
  private static long place(Operation operation) {
    return 2 * operation.revision() + (operation.isWriter() ? 0 : 1);
  }
}
