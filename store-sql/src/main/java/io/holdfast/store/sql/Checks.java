package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;

/** What a request is refused for, in words. */
final class Checks {
  private Checks() {}

  /** A position that is not of the history that ends at {@code head}. */
  static StoreException diverged(String place, Position position, Revision head) {
    if (position.revision().isAfter(head)) {
      return new StoreException.Diverged(place + ": " + position + " is above the head " + head);
    }
    return new StoreException.Diverged(
        place + " is not the history in which " + position + " was seen");
  }

  /** A position that was read from and that the history no longer reaches. */
  static StoreException tooOld(Position base, Revision head) {
    return new StoreException.Conflict(
        "what was read at " + base + " is older than the history", head);
  }

  /** A condition that does not hold. */
  static StoreException failed(Condition condition, Revision head) {
    return new StoreException.Conflict("no longer true: " + describe(condition), head);
  }

  private static String describe(Condition condition) {
    if (condition instanceof Condition.KeyAt at) {
      return "key " + at.key() + " at " + at.modified();
    } else if (condition instanceof Condition.KeyAbsent absent) {
      return "key " + absent.key() + " absent";
    } else if (condition instanceof Condition.RangeEmpty empty) {
      return "range " + empty.range() + " empty";
    } else if (condition instanceof Condition.RangeUnchanged read) {
      return "range " + read.range() + " as it was at " + read.readAt();
    }
    return condition.toString();
  }

  /** The position that a check of this number is about: own last commit first, then the bases. */
  static Position position(CommitRequest request, int check) {
    int index = check;
    if (request.ownLast().isPresent()) {
      if (index == 0) {
        return request.ownLast().get();
      }
      index--;
    }
    return request.bases().get(index);
  }

  /** The number of the first check that is a condition. */
  static int conditionsFrom(CommitRequest request) {
    return (request.ownLast().isPresent() ? 1 : 0) + request.bases().size();
  }
}
