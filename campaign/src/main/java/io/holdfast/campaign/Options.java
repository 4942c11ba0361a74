package io.holdfast.campaign;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * What a campaign is to do.
 *
 * @param backend which store, on which servers
 * @param duration how long the clients work
 * @param seed of the schedule and of what the clients do
 * @param processes how many at a time
 * @param clients in each process
 * @param pause the longest time between two faults
 * @param history how many commits the store keeps in its history
 * @param folder where histories are kept
 */
record Options(
    Backend backend,
    Duration duration,
    long seed,
    int processes,
    int clients,
    Duration pause,
    long history,
    Path folder) {

  private static final long UNTRIMMED = 1_000_000_000;

  /** So many commits are kept for each client, at least: each may be sending one. */
  private static final int HISTORY_PER_CLIENT = 4;

  private static final List<String> KNOWN =
      List.of(
          "--backend",
          "--duration",
          "--seed",
          "--processes",
          "--clients",
          "--pause",
          "--history",
          "--folder");

  /** Which store, on which servers. */
  enum Backend {
    /** One file. */
    SQLITE,
    /** One server. */
    POSTGRES,
    /** A primary with a synchronous replica, which is promoted. */
    POSTGRES_PAIR,
    /** One server. */
    MARIADB,
    /** One server. */
    MYSQL,
    /** Three members. */
    ETCD
  }

  /** What is meant when only this is said. */
  static Options standard(Backend backend, Duration duration) {
    return of(Map.of("--backend", name(backend), "--duration", duration.toMillis() / 1e3 + "s"));
  }

  /**
   * Reads {@code --name value} pairs.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  static Options parse(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    Iterator<String> words = Arrays.stream(arguments).iterator();
    while (words.hasNext()) {
      String name = words.next();
      if (!KNOWN.contains(name) || !words.hasNext()) {
        throw new IllegalArgumentException(name + ": give values to any of " + KNOWN);
      }
      given.put(name, words.next());
    }
    return of(given);
  }

  private static Options of(Map<String, String> given) {
    String backend = given.getOrDefault("--backend", "sqlite");
    String seed = given.getOrDefault("--seed", "" + new Random().nextInt(Integer.MAX_VALUE));
    Options options =
        new Options(
            Backend.valueOf(backend.toUpperCase(Locale.ROOT).replace('-', '_')),
            duration(given.getOrDefault("--duration", "20s")),
            Long.parseLong(seed),
            Integer.parseInt(given.getOrDefault("--processes", "3")),
            Integer.parseInt(given.getOrDefault("--clients", "3")),
            duration(given.getOrDefault("--pause", "2.5s")),
            Long.parseLong(given.getOrDefault("--history", "" + UNTRIMMED)),
            Path.of(given.getOrDefault("--folder", "target/campaign")));
    options.requireEnoughHistory();
    if (options.clients() > Operation.CLIENTS_MAX) {
      throw new IllegalArgumentException(
          "--clients %d: a process has %d at most, or two would have one name"
              .formatted(options.clients(), Operation.CLIENTS_MAX));
    }
    return options;
  }

  private void requireEnoughHistory() {
    long least = (long) HISTORY_PER_CLIENT * processes * clients;
    if (history < least) {
      throw new IllegalArgumentException(
          "--history %d: the commits of %d clients cannot be recorded unless %d are kept"
              .formatted(history, processes * clients, least));
    }
  }

  private static Duration duration(String text) {
    return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
  }

  private static String name(Backend backend) {
    return backend.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Where this campaign keeps its history. */
  Path home() {
    return folder.resolve(toString());
  }

  /** The servers. */
  Rig rig() {
    return switch (backend) {
      case SQLITE -> new SqliteRig(home());
      case POSTGRES -> new PostgresRig(new SplittableRandom(seed));
      case POSTGRES_PAIR -> new PostgresPairRig(new SplittableRandom(seed));
      case MARIADB -> MySqlRig.mariaDb(new SplittableRandom(seed));
      case MYSQL -> MySqlRig.mySql(new SplittableRandom(seed));
      case ETCD -> new EtcdRig(new SplittableRandom(seed));
    };
  }

  /** Whether the history is trimmed while the campaign runs. */
  boolean trims() {
    return history < UNTRIMMED;
  }

  /** How far ahead of the record of the history clients may know the store to be. */
  long leash() {
    return history / 2;
  }

  /** A store's URL with what all processes use it with. */
  String url(String store) {
    String url = store + "?timeout=4s&history-age=48h&history-commits=" + history;
    return backend == Backend.ETCD && trims() ? url + "&trim-history=on" : url;
  }

  /** All of it in one line, as it can be asked for again. */
  String describe() {
    String format =
        "--backend %s --seed %d --duration %ds --processes %d --clients %d --pause %ss"
            + " --history %d";
    return format.formatted(
        name(backend),
        seed,
        duration.toSeconds(),
        processes,
        clients,
        pause.toMillis() / 1e3,
        history);
  }

  /** A short name. */
  @Override
  public String toString() {
    return name(backend) + "-" + seed;
  }
}
