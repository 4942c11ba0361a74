package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Opens sessions for a pool, which keeps connections: what it gets is a connection that unwraps to
 * its {@link Session}, so that statements stay prepared from one loan to the next.
 */
final class PooledSessions extends Connections {
  private final Database database;
  private final BooleanSupplier wanted;

  /** How the last attempt failed; null if it did not. */
  private volatile Failure failure;

  private record Failure(Exception why, long atNanos) {}

  /**
   * For a database.
   *
   * @param wanted whether anybody reads: then a connection is tried for again soon; the pool by
   *     itself would make ever longer pauses
   */
  PooledSessions(Database database, BooleanSupplier wanted) {
    this.database = database;
    this.wanted = wanted;
  }

  @Override
  public Connection getConnection() throws SQLException {
    Backoff backoff = Pauses.forTrouble();
    while (true) {
      try {
        Session session = database.connect();
        if (database.dialect() instanceof ServerDialect server && server.abortEndsReads()) {
          server.endReadsWithClient(session);
          session.answerWhenever(); // a watchdog ends what takes too long, and costs less
        }
        InvocationHandler held = new Held(session);
        failure = null;
        return (Connection)
            Proxy.newProxyInstance(
                PooledSessions.class.getClassLoader(), new Class<?>[] {Connection.class}, held);
      } catch (SQLException | RuntimeException e) {
        failure = new Failure(e, System.nanoTime());
        if (!wanted.getAsBoolean() || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(backoff.next().toNanos());
      }
    }
  }

  /** The pool had no connection in time; the cause is why, if there is a reason. */
  static final class NoConnection extends SQLException {
    private static final long serialVersionUID = 1;

    private final boolean recent;

    private NoConnection(Exception cause, boolean recent) {
      super("no connection", cause);
      this.recent = recent;
    }

    /** Whether the cause was met since; an earlier one may be over. */
    boolean isRecent() {
      return recent;
    }
  }

  /**
   * Says why there is no connection to everybody; the pool does only to the first who asks.
   *
   * @param sinceNanos when the caller began to ask
   */
  NoConnection noConnection(long sinceNanos) {
    Failure last = failure;
    return last == null
        ? new NoConnection(null, false)
        : new NoConnection(last.why(), last.atNanos() - sinceNanos > 0);
  }

  /** A session as the pool sees it. */
  private record Held(Session session) implements InvocationHandler {
    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      return switch (method.getName()) {
        // Who reads finds out what the server says, within the read's deadline.
        case "isValid" -> !session.connection().isClosed();
        case "clearWarnings" -> {
          // The pool asks for it at each return, and would log a lost connection with its stack.
          if (!session.connection().isClosed()) {
            session.connection().clearWarnings();
          }
          yield null;
        }
        case "unwrap" -> session;
        case "close" -> {
          session.close();
          yield null;
        }
        default -> passOn(method, arguments);
      };
    }

    private Object passOn(Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(session.connection(), arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }
}
