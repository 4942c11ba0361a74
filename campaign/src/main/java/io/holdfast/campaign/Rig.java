package io.holdfast.campaign;

import java.util.List;

/** The store that a campaign works on, with its servers and what can be done to them. */
interface Rig extends AutoCloseable {
  /** The options of a URL that keep the whole history, which the checker needs. */
  String HISTORY = "?history-age=48h&history-commits=1000000000";

  /** The URL for all processes; it may hold a password. */
  String url();

  /** What can be done to the servers and the network. */
  List<Fault> faults();

  /** Name and version of what is behind the store. */
  String version();

  /** Ends all servers and deletes their data. */
  @Override
  void close();
}
