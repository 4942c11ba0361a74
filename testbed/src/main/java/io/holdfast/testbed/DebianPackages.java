package io.holdfast.testbed;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Packages of the distribution, fetched with apt into a folder of ours and unpacked there. apt gets
 * a state of its own; nothing is installed and the system's package lists do not change.
 */
final class DebianPackages {
  private final Path work;
  private final List<String> options = new ArrayList<>();

  private DebianPackages(Path work) throws IOException {
    this.work = work;
    Files.createDirectories(work.resolve("lists/partial"));
    Files.createDirectories(work.resolve("archives/partial"));
    option("Dir::State::lists=" + work.resolve("lists"));
    option("Dir::Cache=" + work);
    option("Acquire::Languages=none");
    option("APT::Install-Recommends=false");
    option("APT::Sandbox::User=root");
    option("Debug::NoLocking=1");
  }

  /** Packages of the running system's release, with all that they need and the system lacks. */
  static Path ofThisSystem(String name, String... packages) throws IOException {
    return Cache.folder(
        name + "-" + release(),
        folder -> {
          DebianPackages apt = new DebianPackages(folder.resolve(".apt"));
          apt.fetch("install", "--download-only", packages);
          apt.unpack(apt.work.resolve("archives"), folder);
        });
  }

  /**
   * Packages of another release, from the mirror that this system uses, without what they need: for
   * programs that need little more than a C library.
   */
  static Path ofSuite(String suite, String name, String... packages) throws IOException {
    return Cache.folder(
        name,
        folder -> {
          DebianPackages apt = new DebianPackages(folder.resolve(".apt"));
          apt.useOnly(suite);
          apt.fetch("download", "--yes", packages);
          apt.unpack(apt.work, folder);
        });
  }

  /** The same with all that they need down to the C library, as if nothing were installed here. */
  static Path closureOfSuite(String suite, String name, String... packages) throws IOException {
    return Cache.folder(
        name,
        folder -> {
          DebianPackages apt = new DebianPackages(folder.resolve(".apt"));
          apt.useOnly(suite);
          apt.option("Dir::State::status=" + Files.createFile(apt.work.resolve("status")));
          apt.fetch("install", "--download-only", packages);
          apt.unpack(apt.work.resolve("archives"), folder);
        });
  }

  private void useOnly(String suite) throws IOException {
    Path sources = work.resolve("sources.list");
    Files.writeString(sources, source(suite));
    option("Dir::Etc::sourcelist=" + sources);
    option("Dir::Etc::sourceparts=/dev/null");
  }

  private void option(String option) {
    options.addAll(List.of("-o", option));
  }

  private void fetch(String verb, String how, String... packages) {
    String updated = apt(List.of("update"));
    List<String> arguments = new ArrayList<>(List.of("--yes", verb, how));
    arguments.addAll(Arrays.asList(packages));
    try {
      apt(arguments);
    } catch (TestbedException e) {
      throw new TestbedException(e.getMessage() + "\nBefore, apt-get update said: " + updated, e);
    }
  }

  private String apt(List<String> arguments) {
    // apt-get download puts files into the directory that it is called in.
    List<String> line = new ArrayList<>(List.of("env", "-C", work.toString(), "apt-get", "-qq"));
    line.addAll(options);
    line.addAll(arguments);
    return Command.of(line.toArray(String[]::new)).run();
  }

  private void unpack(Path archives, Path folder) throws IOException {
    try (Stream<Path> files = Files.list(archives)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".deb")).toList()) {
        Command.of("dpkg-deb", "-x", file.toString(), folder.toString()).run();
      }
    }
    Scratch.delete(work);
  }

  /** The name and version of this distribution. */
  private static String release() throws IOException {
    Properties release = new Properties();
    try (Reader file = Files.newBufferedReader(Path.of("/etc/os-release"))) {
      release.load(file);
    }
    return (release.get("ID") + "-" + release.get("VERSION_ID")).replace("\"", "");
  }

  /** One line of apt's sources for another suite of the distribution's own mirror. */
  private static String source(String suite) {
    String targets =
        Command.of(
                "apt-get",
                "indextargets",
                "--format",
                "$(REPO_URI) $(SIGNED_BY)",
                "Created-By: Packages")
            .run();
    String[] mirror =
        targets
            .lines()
            .filter(target -> target.split(" ")[0].matches(".*/debian/?"))
            .findFirst()
            .orElseThrow(
                () -> new TestbedException("apt knows no mirror of Debian, only: " + targets))
            .split(" ", 2);
    String key = mirror[1].startsWith("/") ? "[signed-by=" + mirror[1] + "] " : "";
    return "deb " + key + mirror[0] + " " + suite + " main\n";
  }
}
