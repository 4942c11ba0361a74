package io.holdfast.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.store.Store;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.time.Duration;
import java.util.function.IntFunction;

/** The program of a {@link Child}: {@code ROLE [THREADS [KEYS]]}. */
final class ChildProgram {
  private static final BufferedReader IN =
      new BufferedReader(new InputStreamReader(System.in, UTF_8));
  private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

  private ChildProgram() {}

  /** Answers a line. */
  private interface Answer {
    String to(String line) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    String url = System.getenv(Child.URL_VARIABLE);
    int threads = arguments.length < 2 ? 0 : Integer.parseInt(arguments[1]);
    int keys = arguments.length < 3 ? 0 : Integer.parseInt(arguments[2]);
    switch (Child.Role.valueOf(arguments[0])) {
      case PUT -> put(url, threads, new Upserts(keys));
      case UPSERT -> upsert(url, threads, new Upserts(keys));
      case WATCH -> watch(Watching.ofStore(url));
      case WATCH_ETCD -> watch(Watching.ofEtcd(url));
      case SUBSCRIBE -> watch(Watching.ofMirror(url, threads));
      case AUTHORIZE -> watch(Watching.ofAuthorization(url));
    }
  }

  private static void put(String url, int threads, Upserts upserts) throws Exception {
    try (Store store = Store.open(url)) {
      measure(threads, i -> upserts.puts(store));
    }
  }

  private static void upsert(String url, int threads, Upserts upserts) throws Exception {
    try (PlainTable table = new PlainTable(url)) {
      measure(threads, upserts.upserts(table, threads));
    }
  }

  private static void measure(int threads, IntFunction<Load.Work> works) throws Exception {
    answer(line -> "" + Load.perSecond(Duration.ofMillis(Long.parseLong(line)), threads, works));
  }

  private static void watch(Watching watching) throws Exception {
    try {
      answer(watching::answer);
    } finally {
      watching.end();
    }
  }

  private static void answer(Answer answer) throws Exception {
    OUT.println(Child.READY);
    for (String line = IN.readLine(); line != null; line = IN.readLine()) {
      boolean common = line.equals(Child.COMPILED);
      OUT.println(common ? "" + Compilers.millis() : answer.to(line));
    }
  }
}
