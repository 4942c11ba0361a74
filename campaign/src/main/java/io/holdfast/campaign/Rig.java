package io.holdfast.campaign;

import java.util.List;

/** The store that a campaign works on, with its servers and what can be done to them. */
interface Rig extends AutoCloseable {
  /** The URL for all processes, without options; it may hold a password. */
  String url();

  /** The URL for who keeps the record: to the same servers, past all that harms the network. */
  String directUrl();

  /** What can be done to the servers and the network. */
  List<Fault> faults();

  /** What is done once, in the middle of a campaign. */
  default List<Fault> turningPoints() {
    return List.of();
  }

  /** Whether commits that have nothing to do with each other may get one revision. */
  default boolean sharesRevisions() {
    return false;
  }

  /** Name and version of what is behind the store. */
  String version();

  /** Ends all servers and deletes their data. */
  @Override
  void close();
}
