package io.holdfast.datastore.spire;

import java.util.Objects;

/**
 * Which page of a list to read.
 *
 * @param token empty or {@code "0"} for the first page, then what the page before gave
 * @param size how many items the page has at most, at least 1
 */
public record Paging(String token, int size) {
  /** Checks that there is a token, if only an empty one. */
  public Paging {
    Objects.requireNonNull(token, "token");
  }
}
