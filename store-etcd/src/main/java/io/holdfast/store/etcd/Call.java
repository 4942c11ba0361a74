package io.holdfast.store.etcd;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.Uninterruptibles;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One call to one member, with the user's token, that knows whether anything was sent.
 *
 * @param <Q> what is asked
 * @param <R> what is answered
 */
final class Call<Q, R> {
  private final Member member;
  private final Login login;
  private final String token;
  private volatile boolean sent;
  private ListenableFuture<R> answer;

  Call(Member member, Login login) {
    this.member = member;
    this.login = login;
    this.token = login.token();
  }

  /** Waits for the answer so long; an interrupt cancels the call. */
  R ask(MethodDescriptor<Q, R> method, Q request, long nanos)
      throws EtcdFailure, InterruptedException {
    start(method, request);
    return await(() -> answer.get(nanos, TimeUnit.NANOSECONDS));
  }

  /** Waits for the answer so long, come what may: for what must not be left half known. */
  R tell(MethodDescriptor<Q, R> method, Q request, long nanos) throws EtcdFailure {
    start(method, request);
    try {
      return await(() -> Uninterruptibles.getUninterruptibly(answer, nanos, TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // it was waited for uninterruptibly
    }
  }

  private void start(MethodDescriptor<Q, R> method, Q request) throws EtcdFailure {
    CallOptions options = CallOptions.DEFAULT.withStreamTracerFactory(new Tracer());
    ClientCall<Q, R> call = login.intercept(member.channel()).newCall(method, options);
    try {
      answer = ClientCalls.futureUnaryCall(call, request);
    } catch (IllegalStateException e) {
      throw failure(WatchCall.NOT_STARTED); // the member was distrusted just now
    }
    member.began(this);
  }

  /** Ends the waiting, for any thread. */
  void cancel() {
    answer.cancel(true);
  }

  private interface Waiting<R> {
    R get() throws ExecutionException, TimeoutException, InterruptedException;
  }

  /**
   * The waiting thread looks at the clock: a deadline of gRPC's would be a timer of the
   * connection's thread for each call. Once a call is cancelled nothing leaves any more, and {@link
   * #sent} stands.
   */
  private R await(Waiting<R> waiting) throws EtcdFailure, InterruptedException {
    try {
      R answered = waiting.get();
      member.setAnswered();
      return answered;
    } catch (ExecutionException e) {
      throw failure(Status.fromThrowable(e.getCause()));
    } catch (CancellationException e) {
      throw failure(Status.CANCELLED.withDescription("the store was closed"));
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw failure(Status.DEADLINE_EXCEEDED.withDescription("no answer in time"));
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    } finally {
      member.ended(this);
    }
  }

  private EtcdFailure failure(Status status) {
    return new EtcdFailure(status, member.place(), sent, token);
  }

  /** Learns when the call gets a connection; up to then nothing can have left. */
  private final class Tracer extends ClientStreamTracer.Factory {
    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      return new ClientStreamTracer() {
        @Override
        public void streamCreated(Attributes transport, Metadata sentHeaders) {
          sent = true;
        }
      };
    }
  }
}
