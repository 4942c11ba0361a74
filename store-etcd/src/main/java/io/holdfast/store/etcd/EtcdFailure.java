package io.holdfast.store.etcd;

import io.grpc.Status;
import io.grpc.Status.Code;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;

/** An answer that is none: how a call to a member ended, and what that means. */
final class EtcdFailure extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Status status;
  private final String place;
  private final boolean sent;
  private final String token;

  /**
   * A failed call.
   *
   * @param place the member, for messages
   * @param sent whether anything of the request may have left this process
   * @param token the token that the call carried; null if it had none
   */
  EtcdFailure(Status status, String place, boolean sent, String token) {
    super(place + ": " + status.getCode() + ": " + status.getDescription(), status.getCause());
    this.status = status;
    this.place = place;
    this.sent = sent;
    this.token = token;
  }

  private boolean says(String part) {
    return status.getDescription() != null && status.getDescription().contains(part);
  }

  /** The revision that was asked for is compacted. */
  boolean isCompacted() {
    return status.getCode() == Code.OUT_OF_RANGE && says("compacted");
  }

  /** The revision that was asked for is above the head. */
  boolean isFuture() {
    return status.getCode() == Code.OUT_OF_RANGE && says("future");
  }

  /** The token is not valid any more, or one is wanted now: a new one may be valid. */
  boolean isStaleToken() {
    return status.getCode() == Code.UNAUTHENTICATED
        || says("revision of auth store is old")
        || isWithoutUser();
  }

  private boolean isWithoutUser() {
    return says("user name is empty");
  }

  /** The same failure of a call that only prepares another one, which was not sent. */
  EtcdFailure beforeSending() {
    return new EtcdFailure(status, place, false, token);
  }

  /** The member only learns yet: it answers nobody, and has done nothing. */
  private boolean isOfLearner() {
    return says("not supported for learner");
  }

  /** Nothing of the request left, or it was refused unread, so it can be sent elsewhere. */
  boolean isSafeToSendAgain() {
    return isStaleToken() || isOfLearner() || (!sent && (isTransient() || isMisconfigured()));
  }

  /** The user may not do this. */
  boolean isForbidden() {
    return status.getCode() == Code.PERMISSION_DENIED;
  }

  String token() {
    return token;
  }

  /** The same question may be answered later, or by another member. */
  boolean isTransient() {
    if (isMisconfigured()) {
      return false;
    }
    if (isOfLearner()) {
      return true;
    }
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN, INTERNAL, ABORTED -> true;
      case RESOURCE_EXHAUSTED -> says("too many requests");
      default -> false;
    };
  }

  /**
   * Which of two failures of one question to tell: that the time ran out in the middle of an
   * attempt says less than why the attempt before it failed.
   */
  EtcdFailure orRather(EtcdFailure before) {
    return isOutOfTime() && !sent && before != null ? before : this;
  }

  /** The caller had no more time, whatever the member was about to do. */
  boolean isOutOfTime() {
    return status.getCode() == Code.DEADLINE_EXCEEDED;
  }

  /** The answer was longer than this process takes. */
  boolean isTooLarge() {
    return status.getCode() == Code.RESOURCE_EXHAUSTED && says("exceeds maximum size");
  }

  /**
   * There is no more room. A member says so of what it refuses, but also of what it did: what
   * passes the quota while it is applied is applied, and answered by this.
   */
  boolean isOutOfSpace() {
    return status.getCode() == Code.RESOURCE_EXHAUSTED && says("space exceeded");
  }

  /** Whether the member may have done what it was asked for, or may do it yet. */
  boolean maybeApplied() {
    return sent
        && !isOfLearner()
        && (isTransient() || isTooLarge() || isMisconfigured() || isOutOfSpace());
  }

  /** There is no TLS connection, or there is none any more. */
  boolean isMisconfigured() {
    return causedBy(SSLException.class) || causedBy(CertificateException.class);
  }

  private boolean causedBy(Class<? extends Exception> type) {
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private String reason() {
    String reason = status.getDescription();
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      reason = message == null ? cause.getClass().getSimpleName() : message;
    }
    return reason == null ? status.getCode().toString() : reason;
  }

  /** What the caller of the store gets. */
  StoreException toException(String what) {
    String text = place + ": " + what + ": ";
    if (isMisconfigured()) {
      return unusable(Reason.ACCESS_DENIED, text + "no TLS connection: " + reason());
    }
    return switch (status.getCode()) {
      case PERMISSION_DENIED ->
          unusable(
              Reason.ACCESS_DENIED,
              text + "the user lacks rights on the prefix (it needs readwrite): " + reason());
      case UNAUTHENTICATED -> unusable(Reason.ACCESS_DENIED, text + reason());
      case INVALID_ARGUMENT -> ofInvalidArgument(text);
      case RESOURCE_EXHAUSTED ->
          isOutOfSpace()
              ? unusable(
                  Reason.FULL,
                  text
                      + "etcd's quota is reached: compact, defragment and disarm the alarm, or"
                      + " raise --quota-backend-bytes")
              : says("larger than max")
                  ? beyondLimits(text)
                  : new StoreException.Unavailable(text + reason(), this);
      case DATA_LOSS -> unusable(Reason.DAMAGED, text + reason());
      case UNIMPLEMENTED -> unusable(Reason.NOT_A_STORE, text + "not an etcd v3: " + reason());
      case DEADLINE_EXCEEDED ->
          new StoreException.Timeout(text + "no answer before the deadline", this);
      default -> new StoreException.Unavailable(text + reason(), this);
    };
  }

  private StoreException ofInvalidArgument(String text) {
    if (says("too many operations") || says("too large")) {
      return beyondLimits(text);
    }
    if (isWithoutUser()) {
      return unusable(Reason.ACCESS_DENIED, text + "etcd wants a user: etcd://USER@HOST, password");
    }
    if (says("authentication failed")) {
      return unusable(Reason.ACCESS_DENIED, text + "unknown user or wrong password");
    }
    return new StoreException.Unavailable(text + reason(), this);
  }

  private StoreException beyondLimits(String text) {
    return new StoreException.LimitExceeded(
        text + reason() + "; tell the server's own limits by the options txn-ops, request-bytes");
  }

  private StoreException unusable(Reason reason, String message) {
    return new StoreException.Unusable(reason, message, this);
  }
}
