package io.holdfast.campaign;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
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
 * @param history how many commits the store keeps in its history
 * @param folder where histories are kept
 */
record Options(
    Backend backend,
    Duration duration,
    long seed,
    int processes,
    int clients,
    long history,
    Path folder) {

  private static final long UNTRIMMED = 1_000_000_000;

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
    /** Three members. */
    ETCD
  }

  /** What is meant when nothing is said. */
  static Options standard(Backend backend) {
    return new Options(
        backend,
        Duration.ofSeconds(20),
        new Random().nextInt(Integer.MAX_VALUE),
        3,
        3,
        UNTRIMMED,
        Path.of("target", "campaign"));
  }

  /**
   * Reads {@code --name value} pairs.
   *
   * @throws IllegalArgumentException with what is wrong
   */
  static Options parse(String[] arguments) {
    Options options = standard(Backend.SQLITE);
    Iterator<String> words = Arrays.stream(arguments).iterator();
    while (words.hasNext()) {
      String name = words.next();
      if (!words.hasNext()) {
        throw new IllegalArgumentException(name + " needs a value");
      }
      options = options.with(name, words.next());
    }
    return options;
  }

  private Options with(String name, String value) {
    return switch (name) {
      case "--backend" -> with(Backend.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_')));
      case "--duration" -> with(duration(value));
      case "--seed" ->
          new Options(
              backend, duration, Long.parseLong(value), processes, clients, history, folder);
      case "--processes" ->
          new Options(backend, duration, seed, Integer.parseInt(value), clients, history, folder);
      case "--clients" ->
          new Options(backend, duration, seed, processes, Integer.parseInt(value), history, folder);
      case "--history" ->
          new Options(backend, duration, seed, processes, clients, Long.parseLong(value), folder);
      case "--folder" ->
          new Options(backend, duration, seed, processes, clients, history, Path.of(value));
      default ->
          throw new IllegalArgumentException(
              name
                  + ": known are --backend, --duration, --seed, --processes, --clients, --history,"
                  + " --folder");
    };
  }

  private static Duration duration(String text) {
    return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
  }

  private Options with(Backend other) {
    return new Options(other, duration, seed, processes, clients, history, folder);
  }

  Options with(Duration other) {
    return new Options(backend, other, seed, processes, clients, history, folder);
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
      case MARIADB -> new MariaDbRig(new SplittableRandom(seed));
      case ETCD -> new EtcdRig(new SplittableRandom(seed));
    };
  }

  /** Whether the history is trimmed while the campaign runs. */
  boolean trims() {
    return history < UNTRIMMED;
  }

  /** A store's URL with what all processes use it with. */
  String url(String store) {
    return store + "?timeout=4s&history-age=48h&history-commits=" + history;
  }

  /** All of it in one line, as it can be asked for again. */
  String describe() {
    return "--backend %s --seed %d --duration %ds --processes %d --clients %d --history %d"
        .formatted(
            backend.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            seed,
            duration.toSeconds(),
            processes,
            clients,
            history);
  }

  /** A short name. */
  @Override
  public String toString() {
    return backend.name().toLowerCase(Locale.ROOT).replace('_', '-') + "-" + seed;
  }
}
