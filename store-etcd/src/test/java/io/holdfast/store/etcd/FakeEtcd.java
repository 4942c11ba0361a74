package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A server that answers as etcd does to reads of the guard, and whose watches do what a test says:
 * each call takes the next behaviour, and when none is left they are sound.
 */
final class FakeEtcd implements AutoCloseable {
  /** What becomes of one call of the watch; gets what it would send, one message a revision. */
  interface Behaviour {
    void run(List<WatchResponse> messages, StreamObserver<WatchResponse> client);
  }

  private static final Layout LAYOUT = new Layout("/fake/");

  /** Each revision has one commit; the first has revision 1. */
  private final List<KeyValue> guards = new ArrayList<>();

  private final Queue<Behaviour> behaviours = new ConcurrentLinkedQueue<>();
  private final Deque<Long> starts = new ArrayDeque<>();
  private final int eventsOfEach;
  private final Server server;
  private volatile String version = "3.5.30";
  private volatile Runnable beforeCreated = () -> {};
  private volatile Status refusal;
  private final Queue<Runnable> beforeAnswers = new ConcurrentLinkedQueue<>();

  /** A store with so many commits of so many events. */
  FakeEtcd(int commits, int eventsOfEach) {
    this.eventsOfEach = eventsOfEach;
    for (int i = 1; i <= commits; i++) {
      commit();
    }
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(new Kv())
              .addService(new Watches())
              .addService(new Maintenance())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String url() {
    return "etcd://" + authority() + "/fake";
  }

  /** Where it listens. */
  String authority() {
    return "127.0.0.1:" + server.getPort();
  }

  /** Is done once, before the next transaction is answered. */
  void beforeAnswer(Runnable step) {
    beforeAnswers.add(step);
  }

  /** Answers every transaction so. */
  FakeEtcd refusing(Status status) {
    refusal = status;
    return this;
  }

  /** What it says of itself; null if it tells only root. */
  void version(String other) {
    version = other;
  }

  /** Is done at each call of the watch before that is told to be created. */
  FakeEtcd beforeCreated(Runnable step) {
    beforeCreated = step;
    return this;
  }

  /** The next call of the watch behaves so. */
  FakeEtcd then(Behaviour behaviour) {
    behaviours.add(behaviour);
    return this;
  }

  /** The next call of the watch is created and delivers some messages; then it ends like this. */
  FakeEtcd thenEnd(int messages, Status status) {
    return then(
        (all, client) -> {
          all.stream().limit(messages).forEach(client::onNext);
          if (status.isOk()) {
            client.onCompleted();
          } else {
            client.onError(status.asRuntimeException());
          }
        });
  }

  /** The start revisions that were asked for. */
  synchronized List<Long> starts() {
    return List.copyOf(starts);
  }

  synchronized void commit() {
    long revision = guards.size() + 1L;
    guards.add(
        KeyValue.newBuilder()
            .setKey(LAYOUT.guard())
            .setCreateRevision(1)
            .setModRevision(revision)
            .setVersion(revision)
            .setValue(Guard.value(revision * 31, Mark.CREATION))
            .build());
  }

  static Position position(long revision) {
    return Position.of(revision, revision * 31);
  }

  /** Forgets the latest commits and makes others: a restored backup. */
  synchronized void fork(int from) {
    while (guards.size() > from) {
      guards.remove(guards.size() - 1);
    }
    long revision = guards.size() + 1L;
    guards.add(
        KeyValue.newBuilder()
            .setKey(LAYOUT.guard())
            .setCreateRevision(1)
            .setModRevision(revision)
            .setVersion(revision)
            .setValue(Guard.value(revision * 37, Mark.CREATION))
            .build());
  }

  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setRevision(guards.size()).build();
  }

  /** One message for each revision. */
  private synchronized List<WatchResponse> messages(long start) {
    List<WatchResponse> messages = new ArrayList<>();
    for (long revision = start; revision <= guards.size(); revision++) {
      WatchResponse.Builder message = WatchResponse.newBuilder().setHeader(header());
      events(revision).forEach(message::addEvents);
      messages.add(message.build());
    }
    return messages;
  }

  private List<Event> events(long revision) {
    List<Event> events = new ArrayList<>();
    events.add(Event.newBuilder().setKv(guards.get((int) revision - 1)).build());
    for (int i = 0; i < eventsOfEach; i++) {
      KeyValue kv =
          KeyValue.newBuilder()
              .setKey(LAYOUT.entry(Key.of("k", i)))
              .setValue(ByteString.copyFromUtf8("v" + revision))
              .setCreateRevision(1)
              .setModRevision(revision)
              .build();
      events.add(Event.newBuilder().setKv(kv).build());
    }
    return events;
  }

  /** All that a call would send, as one message cut into fragments of some events. */
  static List<WatchResponse> fragments(List<WatchResponse> messages, int eventsMax) {
    List<Event> events = messages.stream().flatMap(m -> m.getEventsList().stream()).toList();
    UnknownFieldSet more =
        UnknownFieldSet.newBuilder()
            .addField(7, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    List<WatchResponse> fragments = new ArrayList<>();
    for (int from = 0; from < events.size(); from += eventsMax) {
      int to = Math.min(events.size(), from + eventsMax);
      WatchResponse.Builder fragment = WatchResponse.newBuilder();
      fragment.addAllEvents(events.subList(from, to));
      if (to < events.size()) {
        fragment.setUnknownFields(more);
      }
      fragments.add(fragment.build());
    }
    return fragments;
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Kv extends KVGrpc.KVImplBase {
    @Override
    public void txn(TxnRequest request, StreamObserver<TxnResponse> client) {
      Runnable step = beforeAnswers.poll();
      if (step != null) {
        step.run();
      }
      if (refusal != null) {
        client.onError(refusal.asRuntimeException());
        return;
      }
      TxnResponse.Builder answer = TxnResponse.newBuilder().setSucceeded(true);
      synchronized (FakeEtcd.this) {
        answer.setHeader(header());
        for (RequestOp op : request.getSuccessList()) {
          RangeRequest range = op.getRequestRange();
          if (range.getRevision() > guards.size()) {
            client.onError(
                Status.OUT_OF_RANGE
                    .withDescription("etcdserver: mvcc: required revision is a future revision")
                    .asRuntimeException());
            return;
          }
          int revision = (int) (range.getRevision() == 0 ? guards.size() : range.getRevision());
          RangeResponse found = RangeResponse.newBuilder().addKvs(guards.get(revision - 1)).build();
          answer.addResponses(ResponseOp.newBuilder().setResponseRange(found));
        }
      }
      client.onNext(answer.build());
      client.onCompleted();
    }
  }

  private final class Watches extends WatchGrpc.WatchImplBase {
    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> client) {
      return new StreamObserver<>() {
        @Override
        public void onNext(WatchRequest request) {
          WatchCreateRequest create = request.getCreateRequest();
          beforeCreated.run();
          synchronized (FakeEtcd.this) {
            starts.add(create.getStartRevision());
            client.onNext(WatchResponse.newBuilder().setHeader(header()).setCreated(true).build());
          }
          List<WatchResponse> messages = messages(create.getStartRevision());
          Behaviour behaviour = behaviours.poll();
          if (behaviour == null) {
            messages.forEach(client::onNext);
          } else {
            behaviour.run(messages, client);
          }
        }

        @Override
        public void onError(Throwable gone) {
          // The client closed the call.
        }

        @Override
        public void onCompleted() {
          client.onCompleted();
        }
      };
    }
  }

  private final class Maintenance extends MaintenanceGrpc.MaintenanceImplBase {
    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> client) {
      if (version == null) {
        client.onError(Status.PERMISSION_DENIED.asRuntimeException());
        return;
      }
      client.onNext(StatusResponse.newBuilder().setVersion(version).build());
      client.onCompleted();
    }
  }
}
