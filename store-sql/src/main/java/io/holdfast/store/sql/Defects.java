package io.holdfast.store.sql;

import io.holdfast.store.StoreException;
import java.lang.System.Logger.Level;
import java.sql.SQLException;

/** Tells the log of what a thread of a store has met and goes on after. */
final class Defects {
  private static final System.Logger LOG = System.getLogger(Defects.class.getName());

  private Defects() {}

  /** Not of what databases are expected to throw: whoever calls the store gets that too. */
  static void tell(String what, Throwable failure) {
    if (!(failure instanceof SQLException) && !(failure instanceof StoreException)) {
      LOG.log(Level.WARNING, what + ", by a defect; it is tried again", failure);
    }
  }
}
