package io.holdfast.store;

import java.util.Objects;
import java.util.UUID;

/**
 * What a store says of itself.
 *
 * @param head the newest commit, linearizable
 * @param oldest the oldest revision from which a watch can still resume
 * @param incarnation drawn when the store was created; another value is another store
 * @param limits what it takes
 */
public record Status(Position head, Revision oldest, UUID incarnation, Limits limits) {
  /** Checks that all parts are there. */
  public Status {
    Objects.requireNonNull(head, "head");
    Objects.requireNonNull(oldest, "oldest");
    Objects.requireNonNull(incarnation, "incarnation");
    Objects.requireNonNull(limits, "limits");
  }
}
