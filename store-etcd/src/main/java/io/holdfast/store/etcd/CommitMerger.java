package io.holdfast.store.etcd;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Merges what many threads commit at once into few transactions: whoever comes while fewer than
 * {@value #UNDER_WAY_MAX} are under way leads one, and takes along those that queue and have
 * nothing to do with each other. They get one revision and become visible together.
 *
 * <p>A merged transaction that is refused says nothing of its parts: each is tried again by itself.
 * A request that is still queued can leave, by its deadline or an interrupt, and is then never
 * written.
 */
final class CommitMerger {
  private static final int UNDER_WAY_MAX = 2;

  /** Writes some requests as one; empty if that was refused. */
  interface Writer {
    Optional<Position> write(List<CommitRequest> requests, Deadline deadline);
  }

  private enum State {
    QUEUED,
    LEADS,
    TAKEN,
    DONE
  }

  private static final class Ticket {
    final CommitRequest request;
    final Footprint footprint;
    final Deadline deadline;
    final Thread thread = Thread.currentThread();
    volatile State state = State.QUEUED;
    Optional<Position> result = Optional.empty();
    RuntimeException failure;
    boolean merged;

    Ticket(CommitRequest request, Deadline deadline) {
      this.request = request;
      this.footprint = Footprint.of(request);
      this.deadline = deadline;
    }

    void become(State next) {
      state = next;
      if (thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
      }
    }
  }

  private final Writer writer;
  private final int writesMax;
  private final int comparesMax;
  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Ticket> queue = new ArrayDeque<>();
  private int underWay;

  /**
   * A merger.
   *
   * @param writesMax how many keys a transaction may write
   * @param comparesMax how many compares it may have
   * @param bytesMax how large keys and values may be together
   */
  CommitMerger(Writer writer, int writesMax, int comparesMax, long bytesMax) {
    this.writer = writer;
    this.writesMax = writesMax;
    this.comparesMax = comparesMax;
    this.bytesMax = bytesMax;
  }

  /** Writes a request, perhaps together with others; empty if it was refused by itself. */
  Optional<Position> submit(CommitRequest request, Deadline deadline) {
    Ticket ticket = new Ticket(request, deadline);
    enter(ticket);
    boolean interrupted = false;
    try {
      while (ticket.state != State.DONE) {
        if (ticket.state == State.LEADS) {
          lead(ticket);
        } else if (ticket.state == State.QUEUED) {
          awaitTurn(ticket);
        } else {
          // Taken: nobody can say yet what becomes of it.
          interrupted |= Thread.interrupted();
          LockSupport.park(this);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (ticket.failure != null) {
      throw ticket.failure;
    }
    boolean another = ticket.merged && ticket.result.isEmpty();
    return another ? writer.write(List.of(request), deadline) : ticket.result;
  }

  private void enter(Ticket ticket) {
    lock.lock();
    try {
      queue.add(ticket);
      passLead();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the first in the queue lead while there is room. The lock is held. */
  private void passLead() {
    if (underWay < UNDER_WAY_MAX && !queue.isEmpty()) {
      underWay++;
      queue.remove().become(State.LEADS);
    }
  }

  private void awaitTurn(Ticket ticket) {
    if (Thread.currentThread().isInterrupted()) {
      if (leave(ticket)) {
        throw new StoreException.Interrupted("interrupted while queued for the commit");
      }
    } else if (ticket.deadline.hasPassed()) {
      if (leave(ticket)) {
        throw new StoreException.Timeout("the commit did not get its turn before its deadline");
      }
    } else {
      LockSupport.parkNanos(this, ticket.deadline.remainingNanos());
    }
  }

  /** Takes a ticket out of the queue; false if it is no longer there. */
  private boolean leave(Ticket ticket) {
    lock.lock();
    try {
      return queue.remove(ticket);
    } finally {
      lock.unlock();
    }
  }

  /** How many requests wait in the queue. */
  int queued() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  private void lead(Ticket leader) {
    List<Ticket> taken = take(leader);
    try {
      write(taken);
    } finally {
      lock.lock();
      try {
        underWay--;
        passLead();
      } finally {
        lock.unlock();
      }
      taken.forEach(ticket -> ticket.become(State.DONE));
    }
  }

  private List<Ticket> take(Ticket leader) {
    List<Ticket> taken = new ArrayList<>(List.of(leader));
    Footprint all = Footprint.of(leader.request);
    lock.lock();
    try {
      Iterator<Ticket> waiting = queue.iterator();
      while (waiting.hasNext()) {
        Ticket next = waiting.next();
        if (fits(all, next.footprint) && !next.deadline.hasPassed()) {
          all.add(next.footprint);
          next.state = State.TAKEN;
          taken.add(next);
          waiting.remove();
        }
      }
    } finally {
      lock.unlock();
    }
    return taken;
  }

  private boolean fits(Footprint all, Footprint next) {
    return all.writes() + next.writes() <= writesMax
        && all.compares() + next.compares() <= comparesMax
        && all.bytes() + next.bytes() <= bytesMax
        && next.isDisjointFrom(all);
  }

  private void write(List<Ticket> taken) {
    Deadline last = taken.get(0).deadline;
    for (Ticket ticket : taken) {
      last = ticket.deadline.remainingNanos() > last.remainingNanos() ? ticket.deadline : last;
    }
    try {
      Optional<Position> result =
          writer.write(taken.stream().map(ticket -> ticket.request).toList(), last);
      taken.forEach(ticket -> ticket.result = result);
      taken.forEach(ticket -> ticket.merged = taken.size() > 1);
    } catch (RuntimeException e) {
      taken.forEach(ticket -> ticket.failure = e);
    }
  }
}
