package io.holdfast.migrate;

import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.NotVisibleYetException;
import io.holdfast.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import picocli.CommandLine.ParameterException;

/** The one place where an exception becomes a line for people and an exit code. */
final class Failure {
  static final Map<Class<?>, ExitCode> STORE =
      Map.of(
          StoreException.Conflict.class, ExitCode.STORE_CONFLICT,
          StoreException.UnknownOutcome.class, ExitCode.STORE_UNKNOWN_OUTCOME,
          StoreException.TooOld.class, ExitCode.STORE_HISTORY_TOO_OLD,
          StoreException.Diverged.class, ExitCode.STORE_DIVERGED,
          StoreException.Closed.class, ExitCode.STORE_CLOSED,
          StoreException.LimitExceeded.class, ExitCode.STORE_LIMIT,
          StoreException.Timeout.class, ExitCode.STORE_TIMEOUT,
          StoreException.Interrupted.class, ExitCode.INTERRUPTED,
          StoreException.Unavailable.class, ExitCode.STORE_UNAVAILABLE);

  private Failure() {}

  /** Writes what happened as one line on stderr and tells how the process ends. */
  static ExitCode report(Throwable failure, Console console, boolean debug) {
    ExitCode code = code(failure);
    console.note("holdfast: " + line(failure));
    if (debug) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace, true));
      console.note(trace.toString());
    }
    return code;
  }

  static ExitCode code(Throwable failure) {
    if (failure instanceof IncompleteTargetException) {
      return code(failure.getCause());
    }
    if (failure instanceof StoreException.Unusable unusable) {
      return ExitCode.of(unusable.reason());
    }
    if (failure instanceof StoreException) {
      return STORE.get(failure.getClass());
    }
    if (failure instanceof MigrationException migration) {
      return ExitCode.of(migration.kind());
    }
    if (failure instanceof DatastoreException || failure instanceof NotVisibleYetException) {
      return ExitCode.RECORDS;
    }
    if (failure instanceof StepFailedException) {
      return ExitCode.STEP_FAILED;
    }
    if (failure instanceof ParameterException) {
      return ExitCode.USAGE;
    }
    if (failure instanceof IOException || failure instanceof UncheckedIOException) {
      return ExitCode.FILES;
    }
    return failure instanceof InterruptedException ? ExitCode.INTERRUPTED : ExitCode.INTERNAL;
  }

  /** What happened, for people. */
  static String line(Throwable failure) {
    ExitCode code = code(failure);
    String message = message(failure);
    String line = message.strip().replaceAll("\\s*\\R\\s*", " ");
    return switch (code) {
      case INTERNAL ->
          "an error in holdfast itself: "
              + failure.getClass().getSimpleName()
              + ": "
              + line
              + "; run the command again with --debug and report what it shows";
      case FILES ->
          failure instanceof UncheckedIOException
              ? line
              : failure.getClass().getSimpleName() + ": " + line;
      default -> line;
    };
  }

  private static String message(Throwable failure) {
    if (failure instanceof ParameterException usage) {
      return UsageLine.of(usage);
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
