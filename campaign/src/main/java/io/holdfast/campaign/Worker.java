package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.cache.Mirror;
import io.holdfast.cache.MirrorState;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * One process of a campaign: clients, two watchers and a mirror over one store. It obeys lines on
 * its standard input and answers each with one line; at the end of its input it ends at once.
 *
 * <ul>
 *   <li>{@code stop}: the clients finish what they are about; answered with {@code stopped}
 *   <li>{@code await REVISION}: answered with {@code seen} when the watchers and the mirror have
 *       seen the revision
 *   <li>{@code drain REVISION}: ends when the watchers and the mirror have seen the revision;
 *       answered with {@code done}, the phase and the divergences of the mirror
 *   <li>{@code diverge}: ends when the watchers and the mirror have said that the store's history
 *       is another one; answered likewise
 * </ul>
 */
final class Worker {
  /** The environment variable with the store's URL, which may hold a password. */
  static final String URL = "HOLDFAST_CAMPAIGN_URL";

  private static final Duration DRAIN_MAX = Duration.ofMinutes(5);
  private static final Duration DIVERGE_MAX = Duration.ofMinutes(2);

  private final int number;
  private final Path folder;
  private final SplittableRandom random;
  private final Notes notes;
  private final Leash leash;
  private final Store store;
  private final Mirror<Value> accounts;
  private final List<Client> clients = new ArrayList<>();
  private final List<Thread> clientThreads = new ArrayList<>();
  private final List<Follower> followers = new ArrayList<>();
  private final List<Thread> followerThreads = new ArrayList<>();

  private Worker(int number, Path folder, long seed, Leash leash) {
    this.number = number;
    this.folder = folder;
    this.random = new SplittableRandom(seed);
    this.leash = leash;
    this.notes = new Notes(folder.resolve("p" + number + ".notes"));
    this.store = Patience.open(System.getenv(URL));
    this.accounts =
        Mirror.of(store, Value::of)
            .range(Space.ACCOUNT.all())
            .verifyEvery(Duration.ofSeconds(5))
            .onDrift(drift -> notes.accuse("drift: " + drift))
            .onState(new MirrorNotes(notes))
            .open();
  }

  /** Arguments: number, folder, seed, clients, leash, revision and token to watch from. */
  public static void main(String[] arguments) throws Exception {
    Worker worker =
        new Worker(
            Integer.parseInt(arguments[0]),
            Path.of(arguments[1]),
            Long.parseLong(arguments[2]),
            new Leash(Path.of(arguments[1]), Long.parseLong(arguments[4])));
    worker.start(
        Integer.parseInt(arguments[3]),
        Position.of(Long.parseLong(arguments[5]), Long.parseLong(arguments[6])));
    worker.obey();
    Runtime.getRuntime().halt(0);
  }

  private void start(int clientsWanted, Position watchFrom) {
    follow(null, watchFrom);
    follow(Space.ACCOUNT, Patience.head(store));
    for (int i = 0; i < clientsWanted; i++) {
      OperationLog log = new OperationLog(folder.resolve("p" + number + ".c" + i + ".ops"));
      Client client =
          new Client(
              store,
              accounts,
              log,
              notes,
              leash,
              Operation.id(number, i, 0),
              number * clientsWanted + i,
              random.split());
      clients.add(client);
      clientThreads.add(started(client, "campaign-client-" + i));
    }
    started(this::interrupt, "campaign-interrupter");
    answer("ready");
  }

  private void follow(Space space, Position after) {
    Path file = folder.resolve("p" + number + ".w" + followers.size() + ".watch");
    WatchLog log = new WatchLog(file, space, after);
    Follower follower = new Follower(store, space, after, log, random.split(), leash::met);
    followers.add(follower);
    followerThreads.add(started(follower, "campaign-watcher-" + followers.size()));
  }

  private static Thread started(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /** Interrupts some client a few times a second, whatever it is about. */
  private void interrupt() {
    SplittableRandom chance = random.split();
    while (true) {
      LockSupport.parkNanos(50_000_000L + chance.nextInt(500_000_000));
      clientThreads.get(chance.nextInt(clientThreads.size())).interrupt();
    }
  }

  private void obey() throws IOException, InterruptedException {
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String order = orders.readLine(); order != null; order = orders.readLine()) {
      if (order.equals("stop")) {
        stop();
      } else if (order.startsWith("await ")) {
        awaitSeen(Long.parseLong(order.split(" ")[1]));
      } else if (order.equals("diverge")) {
        diverge();
        return;
      } else {
        drain(Long.parseLong(order.split(" ")[1]));
        return;
      }
    }
  }

  private void stop() throws InterruptedException {
    clients.forEach(Client::stop);
    for (Thread thread : clientThreads) {
      thread.join();
    }
    answer("stopped");
  }

  private void awaitSeen(long revision) {
    long end = System.nanoTime() + DRAIN_MAX.toNanos();
    while (!hasSeen(revision) && System.nanoTime() < end) {
      LockSupport.parkNanos(20_000_000);
    }
    answer(hasSeen(revision) ? "seen" : "not seen: the mirror is " + accounts.state());
  }

  private boolean hasSeen(long revision) {
    return reached() >= revision
        && followers.stream().allMatch(follower -> follower.logged() >= revision);
  }

  private void drain(long revision) throws InterruptedException {
    long end = System.nanoTime() + DRAIN_MAX.toNanos();
    followers.forEach(follower -> follower.until(revision));
    for (Thread thread : followerThreads) {
      thread.join(DRAIN_MAX.toMillis());
      if (thread.isAlive()) {
        notes.accuse(thread.getName() + " did not reach r" + revision);
      }
    }
    while (reached() < revision && System.nanoTime() < end) {
      LockSupport.parkNanos(20_000_000);
    }
    if (reached() < revision) {
      notes.accuse("the mirror did not reach r" + revision + ": " + accounts.state());
    }
    finish();
  }

  private void diverge() throws InterruptedException {
    long end = System.nanoTime() + DIVERGE_MAX.toNanos();
    for (Thread thread : followerThreads) {
      thread.join(DIVERGE_MAX.toMillis());
    }
    while (accounts.state().divergences() == 0 && System.nanoTime() < end) {
      LockSupport.parkNanos(20_000_000);
    }
    finish();
  }

  private void finish() {
    MirrorState state = accounts.state();
    notes.tell("mirror at the end: " + state);
    answer("done " + state.phase() + " " + state.divergences());
    accounts.close();
    store.close();
  }

  private long reached() {
    return accounts.state().position().map(position -> position.revision().number()).orElse(0L);
  }

  private static void answer(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
