package io.holdfast.migrate;

import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * How to open a legacy database.
 *
 * @param lockWait how long to wait for whoever has locked it
 * @param zone the zone of times that are kept without one, as MySQL does
 * @param user of the server; empty if the URL names it
 * @param password of the user; empty if the URL has it, or none is needed
 */
record SourceOptions(Duration lockWait, ZoneId zone, String user, String password) {
  static final String USER_VARIABLE = "HOLDFAST_FROM_USER";
  static final String PASSWORD_VARIABLE = "HOLDFAST_FROM_PASSWORD";

  /** For a database that needs nothing else. */
  static SourceOptions waiting(Duration lockWait) {
    return new SourceOptions(lockWait, ZoneOffset.UTC, "", "");
  }

  /** With the credentials that the environment holds. */
  static SourceOptions of(Duration lockWait, ZoneId zone, Map<String, String> environment) {
    return new SourceOptions(
        lockWait,
        zone,
        environment.getOrDefault(USER_VARIABLE, ""),
        environment.getOrDefault(PASSWORD_VARIABLE, ""));
  }

  /** For a database that is written to, with its own credentials from the environment. */
  static SourceOptions ofTarget(Duration lockWait, ZoneId zone, Map<String, String> environment) {
    return new SourceOptions(
        lockWait,
        zone,
        environment.getOrDefault("HOLDFAST_TO_USER", ""),
        environment.getOrDefault("HOLDFAST_TO_PASSWORD", ""));
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "wait " + lockWait + ", zone " + zone + ", user '" + user + "'";
  }
}
