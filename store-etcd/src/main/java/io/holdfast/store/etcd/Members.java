package io.holdfast.store.etcd;

import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.AuthenticateResponse;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The cluster as this handle reaches it: one member at a time, another one as soon as that one does
 * not answer as it should. Questions are asked again until they are answered; what writes is sent
 * once.
 */
final class Members implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Members.class.getName());

  /** How long to wait for one member before another is asked; doubled each time. */
  private static final long ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final EtcdSettings settings;
  private final Transport transport;
  private final List<Member> members = new ArrayList<>();
  private final AtomicInteger current = new AtomicInteger();
  private final Login login;
  private volatile boolean closed;

  Members(EtcdSettings settings) {
    this.settings = settings;
    this.login = new Login(settings.config());
    this.transport = Transport.of(settings);
    for (int i = 0; i < settings.members().size(); i++) {
      InetSocketAddress address = settings.members().get(i);
      String tls = settings.tls() ? " (TLS)" : "";
      String place = "etcd at " + address.getHostString() + ":" + address.getPort() + tls;
      members.add(new Member(place, transport.channel(i)));
    }
  }

  /** The member to ask now. */
  Member current() {
    return members.get(current.get());
  }

  /** Asks another member from now on, if this one is still the current one. */
  void leave(Member member) {
    int index = members.indexOf(member);
    current.compareAndSet(index, (index + 1) % members.size());
    member.distrust();
  }

  /** Reads at one moment, linearizably. */
  TxnResponse read(TxnRequest reads, String what, Deadline deadline) throws OutOfHistory {
    return ask(KVGrpc.getTxnMethod(), reads, what, deadline);
  }

  /**
   * Asks until there is an answer or the deadline passes. Only for what may be asked twice.
   *
   * @throws OutOfHistory when it was about a revision that is not there
   */
  <Q, R> R ask(MethodDescriptor<Q, R> method, Q request, String what, Deadline deadline)
      throws OutOfHistory {
    Backoff backoff = Pauses.forTrouble();
    long patience = ATTEMPT_NANOS;
    EtcdFailure told = null;
    while (true) {
      check(what, deadline);
      Member member = current();
      long began = System.nanoTime();
      try {
        prepare(member, deadline);
        long most = Math.min(patience, deadline.remainingNanos());
        return new Call<Q, R>(member, login).ask(method, request, most);
      } catch (EtcdFailure failure) {
        checkOpen(what);
        if (failure.isCompacted() || failure.isFuture()) {
          throw new OutOfHistory(failure.isCompacted());
        }
        if (failure.isTooLarge()) {
          throw new AnswerTooLarge(failure);
        }
        if (!recover(member, failure, began)) {
          throw failure.toException(what);
        }
        patience *= 2;
        told = failure.orRather(told);
        pause(backoff, deadline, told, what);
      } catch (InterruptedException e) {
        throw new StoreException.Interrupted("interrupted during " + what);
      }
    }
  }

  /**
   * Prepares another attempt; false when it makes no sense. A member that has answered others since
   * this attempt began is not left because this one's caller had little time.
   *
   * @param began when the attempt did, by {@link System#nanoTime}
   */
  boolean recover(Member member, EtcdFailure failure, long began) {
    if (failure.isStaleToken()) {
      return login.forget(failure.token());
    }
    if (failure.isMisconfigured()) {
      member.setMisconfigured();
      leave(member);
      return !members.stream().allMatch(Member::isMisconfigured);
    }
    if (failure.isTransient()) {
      if (!(failure.isOutOfTime() && member.hasAnsweredSince(began))) {
        leave(member);
      }
      return true;
    }
    return false;
  }

  private static void pause(Backoff backoff, Deadline deadline, EtcdFailure failure, String what) {
    long pause = backoff.next().toNanos();
    if (pause >= deadline.remainingNanos()) {
      throw failure.toException(what);
    }
    rest(pause, what);
  }

  /**
   * Sends a transaction that writes. Once it has left it is not sent again, and an interrupt is
   * kept for later.
   *
   * @throws EtcdFailure when there was no answer; it knows whether the transaction left
   * @throws StoreException.Interrupted when nothing has left
   */
  TxnResponse send(TxnRequest txn, Duration most) throws EtcdFailure {
    Deadline deadline = Deadline.after(most);
    Backoff backoff = Pauses.forTrouble();
    EtcdFailure told = null;
    while (true) {
      Member member = current();
      long began = System.nanoTime();
      try {
        prepare(member, deadline);
        return new Call<TxnRequest, TxnResponse>(member, login)
            .tell(KVGrpc.getTxnMethod(), txn, deadline.remainingNanos());
      } catch (EtcdFailure failure) {
        long pause = backoff.next().toNanos();
        boolean again = recover(member, failure, began) && failure.isSafeToSendAgain();
        if (closed || !again || pause >= deadline.remainingNanos()) {
          throw failure.orRather(told);
        }
        told = failure.orRather(told);
        rest(pause, "commit");
      }
    }
  }

  private static void rest(long nanos, String what) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
  }

  /** Logs in and looks at the member's version, where that was not done yet. */
  void prepare(Member member, Deadline deadline) throws EtcdFailure {
    try {
      if (login.isNeeded()) {
        logIn(member, deadline);
      }
      if (!member.isChecked()) {
        checkVersion(member, deadline);
      }
    } catch (EtcdFailure failure) {
      throw failure.beforeSending();
    }
  }

  private void logIn(Member member, Deadline deadline) throws EtcdFailure {
    boolean done =
        login.ensure(
            request ->
                new Call<AuthenticateRequest, AuthenticateResponse>(member, login)
                    .tell(AuthGrpc.getAuthenticateMethod(), request, attempt(deadline)),
            attempt(deadline));
    if (!done) {
      Status silent = Status.DEADLINE_EXCEEDED.withDescription("no token in time");
      throw new EtcdFailure(silent, member.place(), false, null);
    }
  }

  private void checkVersion(Member member, Deadline deadline) throws EtcdFailure {
    try {
      String version =
          new Call<StatusRequest, StatusResponse>(member, login)
              .tell(
                  MaintenanceGrpc.getStatusMethod(),
                  StatusRequest.getDefaultInstance(),
                  attempt(deadline))
              .getVersion();
      ServerVersion.parse(version)
          .flatMap(ServerVersion::fault)
          .ifPresent(fault -> complain(member, fault));
    } catch (EtcdFailure failure) {
      if (!failure.isForbidden()) {
        throw failure;
      }
      // Only servers of late tell it to nobody but root, and those are sound.
    }
    member.setChecked();
  }

  private static long attempt(Deadline deadline) {
    return Math.min(ATTEMPT_NANOS, deadline.remainingNanos());
  }

  private void complain(Member member, String fault) {
    if (!settings.acceptsOldServers()) {
      throw new StoreException.Unusable(
          Reason.NOT_A_STORE,
          member.place() + ": " + fault + "; old-servers=accept uses it all the same",
          null);
    }
    LOG.log(Level.WARNING, "{0}: {1}", member.place(), fault);
  }

  Login login() {
    return login;
  }

  /** Throws unless a call may begin. */
  void check(String what, Deadline deadline) {
    checkOpen(what);
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted before " + what);
    }
    deadline.check(what);
  }

  private void checkOpen(String what) {
    if (closed) {
      throw new StoreException.Closed("the store was closed: " + what);
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** Refuses new questions; what was sent may still be answered. */
  void refuse() {
    closed = true;
  }

  @Override
  public void close() {
    refuse();
    members.forEach(Member::close);
    transport.close();
  }
}
