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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

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

  Call(Member member, Login login) {
    this.member = member;
    this.login = login;
    this.token = login.token();
  }

  /** Waits for the answer; an interrupt cancels the call. */
  R ask(MethodDescriptor<Q, R> method, Q request, long nanos)
      throws EtcdFailure, InterruptedException {
    ListenableFuture<R> answer = start(method, request, nanos);
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw e;
    }
  }

  /** Waits for the answer, come what may: for what must not be left half known. */
  R tell(MethodDescriptor<Q, R> method, Q request, long nanos) throws EtcdFailure {
    try {
      return Uninterruptibles.getUninterruptibly(start(method, request, nanos));
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  private ListenableFuture<R> start(MethodDescriptor<Q, R> method, Q request, long nanos) {
    CallOptions options =
        CallOptions.DEFAULT
            .withDeadlineAfter(nanos, TimeUnit.NANOSECONDS)
            .withStreamTracerFactory(new Tracer());
    ClientCall<Q, R> call = login.intercept(member.channel()).newCall(method, options);
    return ClientCalls.futureUnaryCall(call, request);
  }

  private EtcdFailure failure(ExecutionException e) {
    return new EtcdFailure(Status.fromThrowable(e.getCause()), member.place(), sent, token);
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
