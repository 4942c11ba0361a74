package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import java.sql.SQLException;

/** Writes what the queue has merged, and lets housekeeping write in transactions of its own. */
interface StoreWriter extends CommitQueue.Writer<Submission, Outcome>, AutoCloseable {
  /** Something to be done between the commits, in a transaction of its own. */
  interface Task<T> {
    T run(Session session) throws SQLException;
  }

  /** Is told of commits. */
  interface Listener {
    /**
     * There are so many more commits, which have just become visible.
     *
     * @param watched whether other processes may want to be told of them
     */
    void committed(int commits, boolean watched);
  }

  /** Proves a request that writes nothing, on a session of a read. */
  Outcome prove(Session session, CommitRequest request) throws SQLException;

  /** Runs a task in a transaction; what it writes is undone if it fails. */
  <T> T run(String what, Deadline deadline, Task<T> task);

  /** Housekeeping between the commits. */
  void tidy(Deadline deadline);

  /** Ends the waits of those who have nothing to lose yet. */
  void stopWaiting();

  /** Ends after what is being written. */
  @Override
  void close();
}
