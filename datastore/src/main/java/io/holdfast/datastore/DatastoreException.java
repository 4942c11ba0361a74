package io.holdfast.datastore;

import java.util.Objects;

/**
 * An answer of the datastore that is no: the request was wrong, or the items do not allow it.
 *
 * <p>What depends on the items was true at one moment between call and answer, also where reads may
 * be stale. Trouble with the database below is a {@link io.holdfast.store.StoreException} instead.
 */
public final class DatastoreException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final Code code;

  /** What kind of no; the names are gRPC's. */
  public enum Code {
    /** There is no such item. */
    NOT_FOUND,
    /** Its id or a unique value is taken. */
    ALREADY_EXISTS,
    /** A reference forbids it. */
    FAILED_PRECONDITION,
    /** It could never be done, whatever the items are. */
    INVALID_ARGUMENT,
    /** What is stored cannot be read as an item. */
    DATA_LOSS,
    /** What is stored, or was given, is not what it has to be for this call. */
    INTERNAL,
    /** No other kind fits. */
    UNKNOWN
  }

  /** An answer with its kind and a text for people. */
  public DatastoreException(Code code, String message) {
    this(code, message, null);
  }

  /** An answer that comes from another exception. */
  public DatastoreException(Code code, String message, Throwable cause) {
    super(message, cause);
    this.code = Objects.requireNonNull(code, "code");
  }

  /** What kind of no it is. */
  public Code code() {
    return code;
  }
}
