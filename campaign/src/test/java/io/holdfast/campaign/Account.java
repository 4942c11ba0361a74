package io.holdfast.campaign;

import io.holdfast.testbed.Certificates;

/** A server, and the account on it that a store uses, in the hands of the administrator. */
interface Account extends AutoCloseable {
  /** The password that stores are opened with. */
  String PASSWORD = "correct-horse";

  /** What the account may do in the store's tables, or below its prefix. */
  enum Rights {
    ALL,
    READ,
    NONE
  }

  /** Where the store is, with the password. */
  String url();

  void setPassword(String password);

  void allow(Rights rights);

  /** Lets the server show another certificate from now on. */
  void present(Certificates.Identity identity);

  /** Ends all connections that the account has. */
  void endConnections();

  @Override
  void close();
}
