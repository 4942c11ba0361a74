package io.holdfast.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The programs of one server.
 *
 * @param folder where the server itself lies
 * @param environment what its programs need to run, such as a path to libraries
 * @param loader what runs its programs, such as the loader of a C library of their own; often empty
 */
record Binaries(Path folder, Map<String, String> environment, List<String> loader) {
  Binaries(Path folder, Map<String, String> environment) {
    this(folder, environment, List.of());
  }

  /** A command line with one of these programs, run by the servers' account. */
  Command command(String program, List<String> arguments) {
    List<String> line = new ArrayList<>(loader);
    line.add(path(program).toString());
    line.addAll(arguments);
    return new Command(line, environment).unprivileged();
  }

  /** The folder that holds {@code bin}, {@code share} and so on. */
  Path home() {
    return folder.getParent();
  }

  /** Part of a file name that differs for different binaries. */
  String id() {
    return folder.toString().replaceAll("[^A-Za-z0-9.]", "-");
  }

  private Path path(String program) {
    Path beside = home().resolve("bin").resolve(program);
    return Files.isExecutable(beside) ? beside : folder.resolve(program);
  }

  /** How to find the programs of a server. */
  record Search(
      String program, List<Path> places, Predicate<Binaries> fits, Callable<Binaries> download) {

    /** The folder that the wish names; else the machine's programs; else what can be fetched. */
    Binaries find(Wish wish, String advice) {
      Attempts<Binaries> attempts = new Attempts<>(program + " binary");
      if (wish.isFolder()) {
        attempts.or(wish.toString(), () -> in(Path.of(wish.value())));
      }
      if (wish.isOpen()) {
        attempts.or("this machine", this::onMachine);
      }
      if (wish.isOpen() || wish.isDownload()) {
        attempts.or("download", download);
      }
      return attempts.orFail(advice);
    }

    private Binaries in(Path folder) throws IOException {
      Path file = folder.resolve(program);
      if (!Files.isExecutable(file)) {
        throw new TestbedException(file + " is not an executable file");
      }
      // A link on the PATH leads to the folder where the other programs of this version are.
      return new Binaries(file.toRealPath().getParent(), Map.of());
    }

    private Binaries onMachine() throws IOException {
      String path = System.getenv().getOrDefault("PATH", "");
      List<Path> folders =
          Stream.concat(
                  Arrays.stream(path.split(File.pathSeparator)).map(Path::of), places.stream())
              .filter(folder -> Files.isExecutable(folder.resolve(program)))
              .toList();
      for (Path folder : folders) {
        Binaries binaries = in(folder);
        if (fits.test(binaries)) {
          return binaries;
        }
      }
      throw new TestbedException("none that fits on the PATH or in " + places);
    }
  }
}
