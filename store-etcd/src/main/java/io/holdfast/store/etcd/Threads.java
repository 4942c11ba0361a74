package io.holdfast.store.etcd;

/** Waiting for the end of our own threads. */
final class Threads {
  private Threads() {}

  /** Waits for the end of a thread that is about to end; an interrupt is kept for later. */
  static void join(Thread thread) {
    boolean interrupted = false;
    while (thread != Thread.currentThread() && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
