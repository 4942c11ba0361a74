package io.holdfast.testbed;

/** A running server; what it runs on decides what a test may do to it. */
abstract sealed class Server implements AutoCloseable permits SqlServer, Etcd {
  private final ServerProcess process;

  /**
   * @param process null if the server is shared with others or was not started by us
   */
  Server(ServerProcess process) {
    this.process = process;
  }

  /** Ends the server and its children with SIGKILL, as if the machine had stopped them. */
  public void kill9() {
    own().kill9();
  }

  /** Freezes the server and its children with SIGSTOP: it takes connections, nothing answers. */
  public void pause() {
    own().pause();
  }

  /** Lets a frozen server go on. */
  public void resume() {
    own().resume();
  }

  /** Starts the server again, on the same port and data, and waits until it answers. */
  public void restart() {
    if (own().isAlive()) {
      own().kill9();
    }
    own().start();
  }

  /** Keeps a copy of the data of a server that was killed, instead of any copy before. */
  public void keepData() {
    own().keepData();
  }

  /** Puts the copy back: a restored backup. The server must have been killed. */
  public void restoreData() {
    own().restoreData();
  }

  /** Stops the server for good and deletes its data. */
  @Override
  public void close() {
    own().close();
  }

  final ServerProcess own() {
    if (process == null) {
      throw new IllegalStateException(
          "this server is shared by all tests; call start() for one that may be harmed");
    }
    return process;
  }
}
