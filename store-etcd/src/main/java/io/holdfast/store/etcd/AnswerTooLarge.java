package io.holdfast.store.etcd;

/** An answer was longer than this process takes: ask for less. */
final class AnswerTooLarge extends RuntimeException {
  private static final long serialVersionUID = 1;

  AnswerTooLarge(EtcdFailure cause) {
    super(cause);
  }
}
