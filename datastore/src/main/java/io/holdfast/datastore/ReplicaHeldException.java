package io.holdfast.datastore;

/**
 * A store that another {@link Replica} holds, or has taken over; nothing more is written by ours.
 */
public final class ReplicaHeldException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ReplicaHeldException(String message, Throwable cause) {
    super(message, cause);
  }
}
