package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.StoreException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class TraceTest {
  private final IllegalStateException defect =
      new IllegalStateException("a secret", new IllegalArgumentException("another secret"));

  @Test
  void whatStoresThrowHasNone() {
    assertNull(Trace.of(new StoreException.Unavailable("it is down", null), false));
  }

  @Test
  void ofDefectItSaysAll() {
    assertSame(defect, Trace.of(defect, false));
  }

  @Test
  void ofSecretsItSaysWhatWasThrownAndWhere() {
    Throwable trace = Trace.of(defect, true);
    assertArrayEquals(defect.getStackTrace(), trace.getStackTrace());
    StringWriter printed = new StringWriter();
    trace.printStackTrace(new PrintWriter(printed, true));
    assertTrue(printed.toString().contains("java.lang.IllegalStateException"), printed::toString);
    assertTrue(!printed.toString().contains("secret"), printed::toString);
  }
}
