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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Merges what many threads commit at once into few transactions: whoever comes while there is room
 * for another one ({@link Batching}) leads it, and takes along those that queue and have nothing to
 * do with each other. They get one revision and become visible together.
 *
 * <p>A merged transaction that is refused says nothing of its parts: each is tried again by itself.
 * A request that is still queued can leave, by its deadline or an interrupt, and is then never
 * written.
 */
final class CommitMerger {
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
    final Deadline deadline;
    final Thread thread = Thread.currentThread();
    volatile State state = State.QUEUED;
    private Footprint footprint;
    Optional<Position> result = Optional.empty();
    RuntimeException failure;
    boolean merged;

    /** Whether it was handed to the writer, who has not said yet what became of it. */
    boolean open;

    /** By what the writer ended, if not by saying that. */
    Error defect;

    /** Those that go along, this one included, while it leads. */
    private final List<Ticket> taken = new ArrayList<>(0);

    private long begun;

    Ticket(CommitRequest request, Deadline deadline) {
      this.request = request;
      this.deadline = deadline;
    }

    /** For who has the lock. */
    Footprint footprint() {
      if (footprint == null) {
        footprint = Footprint.of(request);
      }
      return footprint;
    }

    void become(State next) {
      state = next;
      if (thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
      }
    }
  }

  /** What is not answered is waited for until the last deadline of those that go together. */
  private static final long APART_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

  private final Writer writer;
  private final int writesMax;
  private final int comparesMax;
  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition gathered = lock.newCondition();
  private final Deque<Ticket> queue = new ArrayDeque<>();
  private final Batching batching = new Batching();

  /** For how many in the queue a leader waits now; 0 if none does. */
  private int wanted;

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
    if (ticket.open) {
      throw new StoreException.UnknownOutcome(
          "the commit that went together with this one ended by a defect: " + ticket.defect,
          ticket.defect);
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

  /** Lets the first in the queue lead if there is room. The lock is held. */
  private void passLead() {
    if (wanted > 0) {
      if (queue.size() >= wanted) {
        gathered.signal();
      }
    } else if (!queue.isEmpty() && batching.hasRoom()) {
      batching.leads();
      wanted = batching.wanted() - 1;
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
    try {
      take(leader);
      write(leader.taken);
    } finally {
      lock.lock();
      try {
        batching.ended(leader.taken.size(), queue.size(), leader.begun);
        passLead();
      } finally {
        lock.unlock();
      }
      leader.taken.forEach(ticket -> ticket.become(State.DONE));
    }
  }

  /** Takes others along. Whatever is thrown, its place is counted and nobody waits for more. */
  private void take(Ticket leader) {
    lock.lock();
    try {
      leader.taken.add(leader);
      if (wanted > 0) {
        gather();
      }
      if (!queue.isEmpty()) {
        takeWhatFits(leader.taken);
      }
    } finally {
      wanted = 0;
      leader.begun = batching.begins(leader.taken.size());
      passLead(); // there may be room for another one
      lock.unlock();
    }
  }

  /** Waits a moment for those who will probably come at once. */
  private void gather() {
    try {
      long rest = batching.nanos();
      while (queue.size() < wanted && rest > 0) {
        rest = gathered.awaitNanos(rest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // whoever writes looks at it
    }
    batching.waited(queue.size() >= wanted);
  }

  private void takeWhatFits(List<Ticket> taken) {
    Footprint all = Footprint.of(taken.get(0).request);
    Iterator<Ticket> waiting = queue.iterator();
    while (waiting.hasNext() && taken.size() < batching.most()) {
      Ticket next = waiting.next();
      if (fits(all, next.footprint()) && isAsPatient(next, taken.get(0))) {
        all.add(next.footprint());
        next.state = State.TAKEN;
        taken.add(next);
        waiting.remove();
      }
    }
  }

  /** Whether neither has to wait much longer for the other's sake than it has time. */
  private static boolean isAsPatient(Ticket next, Ticket leader) {
    long nanos = next.deadline.remainingNanos() - leader.deadline.remainingNanos();
    return !next.deadline.hasPassed() && Math.abs(nanos) <= APART_NANOS_MAX;
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
    List<CommitRequest> requests = taken.stream().map(ticket -> ticket.request).toList();
    taken.forEach(ticket -> ticket.merged = taken.size() > 1);
    taken.forEach(ticket -> ticket.open = true);
    try {
      Optional<Position> result =
          requests.size() == 1 ? writer.write(requests, last) : writeForAll(requests, last);
      taken.forEach(ticket -> ticket.result = result);
      taken.forEach(ticket -> ticket.open = false);
    } catch (RuntimeException e) {
      taken.forEach(ticket -> ticket.failure = e);
    } catch (Error e) {
      taken.forEach(ticket -> ticket.defect = e);
      throw e;
    }
  }

  /** An interrupt is for the leader alone, which has to wait for the others' sake; it is kept. */
  private Optional<Position> writeForAll(List<CommitRequest> requests, Deadline deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try {
          return writer.write(requests, deadline);
        } catch (StoreException.Interrupted e) {
          interrupted = true; // then nothing was sent
        } catch (StoreException.LimitExceeded e) {
          return Optional.empty(); // the servers take less than was said, perhaps of one each
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
