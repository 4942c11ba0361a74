package io.holdfast.testbed;

import java.util.function.Supplier;

/** A value made at its first use; a failure to make it is kept and thrown to everybody. */
final class Once<T> {
  private final Supplier<T> maker;
  private T value;
  private RuntimeException failure;

  Once(Supplier<T> maker) {
    this.maker = maker;
  }

  synchronized T get() {
    if (failure != null) {
      throw failure;
    }
    if (value == null) {
      try {
        value = maker.get();
      } catch (RuntimeException e) {
        failure = e;
        throw e;
      }
    }
    return value;
  }
}
