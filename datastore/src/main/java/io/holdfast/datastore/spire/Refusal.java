package io.holdfast.datastore.spire;

import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.DatastoreException.Code;

/** The answers that are no, with SPIRE's texts. */
final class Refusal {
  private Refusal() {}

  static DatastoreException notFound() {
    return notFound("datastore-sql: record not found");
  }

  static DatastoreException notFound(String message) {
    return new DatastoreException(Code.NOT_FOUND, message);
  }

  static DatastoreException exists(String what) {
    return new DatastoreException(
        Code.ALREADY_EXISTS, "datastore-sql: " + what + " already exists");
  }

  static DatastoreException invalid(String message) {
    return new DatastoreException(Code.INVALID_ARGUMENT, message);
  }

  static DatastoreException internal(String message, Throwable cause) {
    return new DatastoreException(Code.INTERNAL, message, cause);
  }

  static DatastoreException unknown(String message) {
    return new DatastoreException(Code.UNKNOWN, message);
  }
}
