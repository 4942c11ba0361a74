package io.holdfast.campaign;

import java.time.Duration;

/**
 * Something that is done to a server, a network or a process, and undone after a while.
 *
 * @param name for people
 * @param longest how long it may last
 * @param strike does it, and says to whom
 * @param heal undoes it
 */
record Fault(String name, Duration longest, Strike strike, Step heal) {

  /** Does harm. */
  interface Strike {
    /** Returns what exactly was done, for people. */
    String run() throws Exception;
  }

  /** Something to do. */
  interface Step {
    void run() throws Exception;
  }
}
