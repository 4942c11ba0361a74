package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A server as a child process. It ends with the JVM, also if the JVM is killed: a small shell waits
 * for the end of its input and then ends the server and deletes its data.
 */
final class ServerProcess {
  private static final System.Logger LOG = System.getLogger(ServerProcess.class.getName());
  private static final Duration STOP_MAX = Duration.ofSeconds(10);
  private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();

  /**
   * Signals go only to processes that started when ours did: numbers are given anew, and a test may
   * live long after its server.
   */
  private static final String WATCHDOG =
      """
      trap '' INT TERM
      server=$1 begun=$2 signal=$3 data=$4
      begun() {
        stat=$(cat "/proc/$1/stat" 2>/dev/null) || return
        set -- ${stat##*) }
        shift 19
        echo "$1"
      }
      send() {
        for one in $all; do
          [ "$(begun "${one%:*}")" = "${one#*:}" ] && kill -s "$1" "${one%:*}"
        done
      }
      read -r nothing
      if [ "$(begun "$server")" = "$begun" ]; then
        all=$server:$begun
        for child in $(cat "/proc/$server/task/$server/children"); do
          all="$all $child:$(begun "$child")"
        done
        send CONT
        kill -s "$signal" "$server"
        sleep 1
        send KILL
      fi
      rm -rf -- "$data"
      """;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ServerProcess::endAll, "holdfast-testbed-end"));
  }

  private final Plan plan;
  private final Path log;
  private Process process;
  private Process watchdog;
  private volatile Process ending; // the one that is ended by us

  /**
   * What to run.
   *
   * @param name of the server, unique in this JVM
   * @param data its folder, deleted when it is stopped for good
   * @param stopSignal what makes it stop at once
   * @param ready throws as long as the server does not answer
   */
  record Plan(String name, Command command, Path data, String stopSignal, Deadline.Probe ready) {}

  ServerProcess(Plan plan) {
    this.plan = plan;
    this.log = log(plan.name());
  }

  /** Starts the process and waits until it answers. */
  synchronized void start() {
    launch();
    awaitReady();
  }

  /** Starts the process. */
  synchronized void launch() {
    requireStopped();
    release(); // the one of a server that ended by itself would still delete everything
    try {
      process = plan.command().start(log);
      CompletableFuture<Void> unused = process.onExit().thenAccept(this::tellUnlessExpected);
      watchdog = watch(process.pid(), begun(process.pid()), plan.stopSignal(), Scratch.path(""));
    } catch (IOException e) {
      throw new TestbedException(plan.name() + " could not be started: " + e.getMessage(), e);
    }
    RUNNING.add(this);
  }

  /** Starts what ends a process and deletes a folder as soon as its own input is closed. */
  static Process watch(long pid, String begun, String signal, Path folder) throws IOException {
    return new ProcessBuilder(
            "sh", "-c", WATCHDOG, "sh", Long.toString(pid), begun, signal, folder.toString())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** When a process began, in ticks since the machine did; never for one that is gone. */
  static String begun(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), ISO_8859_1);
      return stat.substring(stat.lastIndexOf(") ") + 2).split(" ")[19]; // its 22nd field
    } catch (IOException e) {
      return "never";
    }
  }

  private void tellUnlessExpected(Process ended) {
    if (ended != ending) {
      String how = plan.name() + " ended by itself with exit code " + ended.exitValue();
      LOG.log(System.Logger.Level.WARNING, "{0}, see {1}", how, log);
    }
  }

  /** Waits until the server answers; a server that ends or never answers is an exception. */
  synchronized void awaitReady() {
    try {
      Deadline.await(plan.ready(), Deadline.READY_MAX, process::isAlive);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure("was waited for by an interrupted thread", e);
    } catch (Exception e) {
      TestbedException failure =
          failure(
              process.isAlive()
                  ? "did not answer within " + Deadline.READY_MAX.toSeconds() + " s"
                  : "ended with exit code " + process.exitValue() + " before it answered",
              e);
      close();
      throw failure;
    }
  }

  /** SIGKILL for the process and all its children at once; returns when they are gone. */
  synchronized void kill9() {
    List<ProcessHandle> all = freeze();
    ending = process;
    all.forEach(ProcessHandle::destroyForcibly);
    await(all, Deadline.READY_MAX);
    release();
  }

  /** SIGSTOP for the process and all its children: sockets stay open, nothing answers. */
  synchronized void pause() {
    freeze();
  }

  /** SIGCONT for all that was stopped. */
  synchronized void resume() {
    List<ProcessHandle> all = new ArrayList<>(processes());
    Collections.reverse(all);
    signal("CONT", all);
  }

  /** Stops the server for good and deletes its data; does nothing if that has been done. */
  synchronized void close() {
    stop();
    Scratch.delete(plan.data());
  }

  private synchronized void stop() {
    if (isAlive()) {
      ending = process;
      List<ProcessHandle> all = processes();
      signal("CONT", all);
      signal(plan.stopSignal(), List.of(process.toHandle()));
      try {
        await(all, STOP_MAX);
      } catch (TestbedException e) {
        kill9();
      }
    }
    release();
  }

  /** Copies the data folder; the copy goes with the JVM. */
  synchronized void keepData() {
    requireStopped();
    Scratch.delete(kept());
    copy(plan.data(), kept());
  }

  /** Puts the copy in the place of the data folder. */
  synchronized void restoreData() {
    requireStopped();
    Scratch.delete(plan.data());
    copy(kept(), plan.data());
  }

  private Path kept() {
    return Scratch.path(plan.name() + "-kept");
  }

  private static void copy(Path from, Path to) {
    Command.of("cp", "-Rp", from.toString(), to.toString()).run();
  }

  private void requireStopped() {
    if (isAlive()) {
      throw new IllegalStateException(plan.name() + " is running");
    }
  }

  synchronized boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** The process and its children. */
  synchronized List<ProcessHandle> processes() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  Path data() {
    return plan.data();
  }

  private static Path log(String name) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "testbed"));
      Path log = folder.resolve(name + "-" + ProcessHandle.current().pid() + ".log");
      Files.deleteIfExists(log);
      return log.toAbsolutePath();
    } catch (IOException e) {
      throw new TestbedException("no folder for logs: " + e.getMessage(), e);
    }
  }

  private TestbedException failure(String how, Exception cause) {
    return new TestbedException(
        "%s %s (%s). %s ends:\n%s".formatted(plan.name(), how, cause, log, Scratch.tail(log, 20)),
        cause);
  }

  /** Stops the parent before it is asked for its children, so that none is born meanwhile. */
  private List<ProcessHandle> freeze() {
    if (!isAlive()) {
      throw new IllegalStateException(plan.name() + " is not running");
    }
    signal("STOP", List.of(process.toHandle()));
    List<ProcessHandle> all = processes();
    signal("STOP", all);
    return all;
  }

  private static void signal(String name, List<ProcessHandle> targets) {
    List<String> line = new ArrayList<>(List.of("sh", "-c", "kill -s \"$@\"; true", "sh", name));
    targets.forEach(target -> line.add(Long.toString(target.pid())));
    Command.of(line.toArray(String[]::new)).run();
  }

  private void await(List<ProcessHandle> all, Duration most) {
    try {
      Deadline.await(() -> requireEnded(all), most, () -> true);
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      throw new TestbedException(plan.name() + ": " + e.getMessage(), e);
    }
  }

  private static void requireEnded(List<ProcessHandle> all) {
    all.stream()
        .filter(ServerProcess::isRunning)
        .findAny()
        .ifPresent(
            one -> {
              throw new TestbedException("process " + one.pid() + " does not end");
            });
  }

  /** Nobody may care to collect what is left of a dead child's child; that does not run. */
  static boolean isRunning(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    try {
      String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"), ISO_8859_1);
      return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
    } catch (IOException e) {
      return handle.isAlive();
    }
  }

  private void release() {
    if (watchdog != null) {
      watchdog.destroyForcibly();
      watchdog = null;
    }
    RUNNING.remove(this);
  }

  private static void endAll() {
    List.copyOf(RUNNING).parallelStream().forEach(ServerProcess::stop);
    Scratch.deleteBehind();
  }
}
