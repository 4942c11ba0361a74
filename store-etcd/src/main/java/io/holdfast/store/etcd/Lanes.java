package io.holdfast.store.etcd;

import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.TxnRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lanes of one handle: keys with a random id, written before the first commit and never used
 * again by anyone else. Taken in turn, so that what a lane says of its last commit stands as long
 * as possible.
 */
final class Lanes {
  private static final int LANES = 64;

  private final Members members;
  private final Layout layout;
  private final int operationsMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Lane> free = new ArrayDeque<>();

  /** Whose lanes there may be. */
  private final Set<UUID> writers = new HashSet<>();

  /** Whose lanes are created next: after a failure the same again, since they may be there. */
  private UUID next = UUID.randomUUID();

  /** Lanes that are free or carry a commit. */
  private int usable;

  private boolean creating;

  Lanes(Members members, Layout layout, int operationsMax) {
    this.members = members;
    this.layout = layout;
    this.operationsMax = operationsMax;
  }

  /** A free lane, waiting for one if need be. */
  Lane take(Deadline deadline) {
    while (true) {
      Lane lane = tryTake(deadline);
      if (lane != null) {
        return lane;
      }
      create(deadline);
    }
  }

  /** A free lane, or null when the caller has to create new ones. */
  private Lane tryTake(Deadline deadline) {
    lock.lock();
    try {
      while (free.isEmpty()) {
        if (usable == 0 && !creating) {
          creating = true;
          return null;
        }
        members.check("commit", deadline);
        changed.awaitNanos(deadline.remainingNanos());
      }
      return free.remove();
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted before the commit");
    } finally {
      lock.unlock();
    }
  }

  private void create(Deadline deadline) {
    UUID writer = next;
    List<Lane> lanes = new ArrayList<>();
    try {
      for (int slot = 0; slot < LANES; slot++) {
        lanes.add(new Lane(writer, slot, LaneValue.FRESH));
      }
      for (int from = 0; from < LANES; from += operationsMax) {
        put(lanes.subList(from, Math.min(LANES, from + operationsMax)), deadline);
      }
    } catch (RuntimeException | Error e) {
      lanes.clear();
      throw e;
    } finally {
      lock.lock();
      try {
        creating = false;
        writers.add(writer);
        next = lanes.isEmpty() ? writer : UUID.randomUUID();
        usable += lanes.size();
        free.addAll(lanes);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Asked twice it changes nothing the second time. */
  private void put(List<Lane> lanes, Deadline deadline) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    txn.addCompare(Ops.absent(layout.lane(lanes.get(0).nextMark())));
    for (Lane lane : lanes) {
      txn.addSuccess(Ops.put(layout.lane(lane.nextMark()), lane.value().bytes()));
    }
    try {
      members.ask(KVGrpc.getTxnMethod(), txn.build(), "commit", deadline);
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
  }

  /** The lane is known to stand like this and can carry the next commit. */
  void giveBack(Lane lane) {
    lock.lock();
    try {
      free.add(lane);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Nobody knows how this lane stands, so it is never used again. */
  void drop() {
    lock.lock();
    try {
      usable--;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * This lane is gone or stands elsewhere, and so, no doubt, do the others of its writer: somebody
   * removed them, or a restore did. New ones can tell.
   */
  void dropAllBeside(Lane lane) {
    lock.lock();
    try {
      int before = free.size();
      free.removeIf(other -> other.writer().equals(lane.writer()));
      usable -= 1 + before - free.size();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Removes all lanes when the handle is closed; what may still be under way on one of them is
   * thereby refused. What cannot be removed stays, which harms nobody.
   */
  void remove(Deadline deadline) {
    for (UUID writer : created()) {
      TxnRequest.Builder txn = TxnRequest.newBuilder();
      var start = layout.writer(layout.lane(new Mark(writer, 0, 0)));
      txn.addSuccess(Ops.delete(start, Layout.endOf(start)));
      try {
        members.ask(KVGrpc.getTxnMethod(), txn.build(), "close", deadline);
      } catch (OutOfHistory | StoreException e) {
        return;
      }
    }
  }

  /** A commit that the handle did not wait for may be creating others. */
  private List<UUID> created() {
    lock.lock();
    try {
      return List.copyOf(writers);
    } finally {
      lock.unlock();
    }
  }
}
