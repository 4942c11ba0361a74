package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FailureTest {
  @Test
  void everyReasonOfAStoreHasItsOwnCode() {
    Set<ExitCode> codes = new HashSet<>();
    for (Reason reason : Reason.values()) {
      codes.add(Failure.code(new StoreException.Unusable(reason, "no", null)));
    }
    assertEquals(Reason.values().length, codes.size());
  }

  @Test
  void everyKindOfStoreExceptionHasACode() {
    Class<?>[] kinds = StoreException.class.getPermittedSubclasses();
    assertTrue(kinds.length > 5);
    Arrays.stream(kinds)
        .filter(kind -> kind != StoreException.Unusable.class)
        .forEach(kind -> assertNotNull(Failure.STORE.get(kind), kind::getName));
  }

  @Test
  void everyKindOfMigrationExceptionEndsWithItsOwnNumber() {
    for (MigrationException.Kind kind : MigrationException.Kind.values()) {
      assertEquals(
          kind.exitCode(), Failure.code(new MigrationException(kind, "no")).number(), kind::name);
    }
  }

  @Test
  void aMessageOfSeveralLinesBecomesOne() {
    IOException failure = new IOException("no room\n  on device\r\n");
    assertEquals(
        "holdfast: IOException: no room on device\n", shown(failure, ExitCode.FILES, false));
  }

  @Test
  void stackTracesAreForDebuggingAndHidePasswords() {
    RuntimeException failure = new IllegalStateException("lost mysql://me:secret@db/x");
    String quiet = shown(failure, ExitCode.INTERNAL, false);
    assertEquals(1, quiet.lines().count(), quiet);
    String loud = shown(failure, ExitCode.INTERNAL, true);
    assertTrue(loud.contains("\tat io.holdfast.migrate.FailureTest"), loud);
    assertEquals(-1, loud.indexOf("secret"), loud);
  }

  private static String shown(Throwable failure, ExitCode expected, boolean debug) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (Console console = new Console(OutputStream.nullOutputStream(), err, false)) {
      assertEquals(expected, Failure.report(failure, console, debug));
    }
    return err.toString(UTF_8);
  }
}
