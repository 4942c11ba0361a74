package io.holdfast.store.sql;

import java.sql.SQLException;
import java.time.Duration;

/** What a dialect also is where the database can tell other processes of commits. */
interface Notices {
  /** Asks to be told of commits on this session. */
  void listen(Session session) throws SQLException;

  /** Waits until another process tells of commits; false if none has for so long. */
  boolean awaitNotice(Session session, Duration atMost) throws SQLException;

  /** Tells other processes that there are new commits. */
  void notifyOthers(Session session) throws SQLException;
}
