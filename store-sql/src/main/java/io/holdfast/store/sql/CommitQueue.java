package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/**
 * Merges what many threads submit at once into few writes: the first in the queue leads, waits a
 * moment for others ({@link Gathering}), begins a write, takes along whoever queues by then, writes
 * for all, and hands the lead to the next in the queue. The idea is that of LevelDB's writer queue.
 *
 * <p>A request that is still queued can leave, by its deadline or an interrupt, and is then never
 * written. Once it is taken its thread waits for the result, whatever comes.
 *
 * @param <T> requests
 * @param <R> results
 */
final class CommitQueue<T, R> {
  /** Does the writing; called by one thread at a time. */
  interface Writer<T, R> {
    /**
     * Gets ready to write, waiting for others if need be. An exception means that nothing was
     * begun, and is for the leader alone.
     */
    void begin(Deadline deadline);

    /** Writes, ends what was begun, and returns a result for each request, in order. */
    List<R> write(List<T> requests);
  }

  private enum State {
    QUEUED,
    LEADS,
    TAKEN,
    DONE
  }

  private static final class Ticket<T, R> {
    final T request;
    final Deadline deadline;
    final Thread thread = Thread.currentThread();
    volatile State state = State.QUEUED;
    R result;
    Throwable failure;

    Ticket(T request, Deadline deadline) {
      this.request = request;
      this.deadline = deadline;
    }

    void become(State next) {
      state = next;
      if (thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
      }
    }
  }

  private final Writer<T, R> writer;
  private final ToLongFunction<T> weight;
  private final long weightMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition quiet = lock.newCondition();
  private final Condition gathered = lock.newCondition();
  private final Deque<Ticket<T, R>> queued = new ArrayDeque<>();
  private final Gathering gathering;

  /** At how many in the queue a leader who gathers is woken. */
  private int wanted;

  private boolean led;
  private boolean closed;

  /**
   * A queue.
   *
   * @param writer does the writing
   * @param weight of a request
   * @param weightMax requests are merged up to this weight; a heavier one goes alone
   */
  CommitQueue(Writer<T, R> writer, ToLongFunction<T> weight, long weightMax) {
    this(writer, weight, weightMax, new Gathering());
  }

  CommitQueue(Writer<T, R> writer, ToLongFunction<T> weight, long weightMax, Gathering gathering) {
    this.writer = writer;
    this.weight = weight;
    this.weightMax = weightMax;
    this.gathering = gathering;
  }

  /** Writes a request, together with others that are submitted meanwhile. */
  R submit(T request, Deadline deadline) {
    Ticket<T, R> ticket = enter(request, deadline);
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
    return result(ticket);
  }

  private Ticket<T, R> enter(T request, Deadline deadline) {
    Ticket<T, R> ticket = new Ticket<>(request, deadline);
    lock.lock();
    try {
      if (closed) {
        throw closed();
      }
      queued.add(ticket);
      passLead();
      if (queued.size() == wanted) {
        gathered.signal();
      }
    } finally {
      lock.unlock();
    }
    return ticket;
  }

  /** Gives the lead to the first in the queue unless somebody has it. The lock is held. */
  private void passLead() {
    if (led) {
      return;
    }
    Ticket<T, R> first = queued.peek();
    if (first == null) {
      quiet.signalAll();
    } else {
      led = true;
      first.become(State.LEADS);
    }
  }

  private void awaitTurn(Ticket<T, R> ticket) {
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

  /** Takes a ticket out of the queue; false if it is taken or done by now. */
  private boolean leave(Ticket<T, R> ticket) {
    lock.lock();
    try {
      if (ticket.state == State.TAKEN || ticket.state == State.DONE) {
        return false;
      }
      queued.remove(ticket);
      if (ticket.state == State.LEADS) {
        led = false;
        passLead();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void lead(Ticket<T, R> leader) {
    gather();
    try {
      writer.begin(leader.deadline);
    } catch (RuntimeException | Error e) {
      leave(leader);
      throw e;
    }
    List<Ticket<T, R>> taken = takeOrEnd(leader);
    write(taken);
    lock.lock();
    try {
      gathering.wrote(taken.size(), queued.size());
      led = false;
      passLead();
    } finally {
      lock.unlock();
    }
    taken.forEach(ticket -> ticket.become(State.DONE));
  }

  /** Waits for those who will probably come at once. */
  private void gather() {
    lock.lock();
    try {
      wanted = gathering.wanted();
      if (queued.size() < wanted) {
        awaitGathered();
        gathering.waited(queued.size() >= wanted);
      }
    } finally {
      wanted = 0;
      lock.unlock();
    }
  }

  private void awaitGathered() {
    try {
      long rest = gathering.nanos();
      while (queued.size() < wanted && rest > 0) {
        rest = gathered.awaitNanos(rest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Whoever begins to write looks at it.
    }
  }

  /** Whatever is thrown meanwhile is for the leader alone: another one comes behind. */
  private List<Ticket<T, R>> takeOrEnd(Ticket<T, R> leader) {
    try {
      return take(leader);
    } catch (RuntimeException | Error e) {
      try {
        List<R> unused = writer.write(List.of()); // ends what was begun
      } finally {
        leave(leader);
      }
      throw e;
    }
  }

  private List<Ticket<T, R>> take(Ticket<T, R> leader) {
    lock.lock();
    try {
      gathering.writes();
      List<Ticket<T, R>> taken = together(leader);
      for (int i = 0; i < taken.size(); i++) {
        while (queued.remove() != taken.get(i)) {
          // The time of this one is over: it leaves by itself.
        }
        taken.get(i).state = State.TAKEN;
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** The leader and those behind it that are written with it; they still queue. */
  private List<Ticket<T, R>> together(Ticket<T, R> leader) {
    List<Ticket<T, R>> together = new ArrayList<>();
    long total = 0;
    for (Ticket<T, R> next : queued) {
      total += weight.applyAsLong(next.request);
      if (total > weightMax && !together.isEmpty()) {
        break;
      }
      if (next == leader || !next.deadline.hasPassed()) {
        together.add(next);
      }
    }
    return together;
  }

  private void write(List<Ticket<T, R>> taken) {
    try {
      List<R> results = writer.write(taken.stream().map(ticket -> ticket.request).toList());
      for (int i = 0; i < taken.size(); i++) {
        taken.get(i).result = results.get(i);
      }
    } catch (RuntimeException | Error e) {
      taken.forEach(ticket -> ticket.failure = e);
    }
  }

  private R result(Ticket<T, R> ticket) {
    if (ticket.failure instanceof Error error) {
      throw error;
    }
    if (ticket.failure instanceof RuntimeException exception) {
      throw exception;
    }
    return ticket.result;
  }

  /** How many requests wait in the queue. */
  int queued() {
    lock.lock();
    try {
      return queued.size();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses new requests, sends home those that queue, and waits for those that are taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      for (Ticket<T, R> ticket : List.copyOf(queued)) {
        if (ticket.state == State.QUEUED) {
          queued.remove(ticket);
          ticket.failure = closed();
          ticket.become(State.DONE);
        }
      }
      while (led) {
        quiet.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private static StoreException closed() {
    return new StoreException.Closed("the store was closed: commit");
  }
}
