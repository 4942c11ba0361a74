package io.holdfast.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * Servers in containers, where Testcontainers is on the class path and a Docker engine answers.
 * Testcontainers ends them with the JVM.
 */
final class Containers {
  private Containers() {}

  static Database postgres(String password) throws Exception {
    requireDocker();
    return Running.server(
        "postgres:18", Map.of("POSTGRES_PASSWORD", password), 5432, "postgresql", "postgres");
  }

  static Database mariaDb(String password) throws Exception {
    requireDocker();
    return Running.server(
        "mariadb:11.8", Map.of("MARIADB_ROOT_PASSWORD", password), 3306, "mariadb", "root");
  }

  static Database mySql(String password) throws Exception {
    requireDocker();
    return Running.server(
        "mysql:9.7", Map.of("MYSQL_ROOT_PASSWORD", password), 3306, "mariadb", "root");
  }

  /** Cheap where there is no Docker: nothing is loaded or connected then. */
  private static void requireDocker() throws ClassNotFoundException {
    String runtime = System.getenv().getOrDefault("XDG_RUNTIME_DIR", "");
    boolean mayAnswer =
        System.getenv("DOCKER_HOST") != null
            || Stream.of("/var/run", runtime, System.getProperty("user.home") + "/.docker/run")
                .anyMatch(folder -> Files.exists(Path.of(folder, "docker.sock")));
    if (!mayAnswer) {
      throw new TestbedException("no DOCKER_HOST and no docker.sock");
    }
    Class.forName("org.testcontainers.DockerClientFactory");
    Running.requireAnswer();
  }

  /** Apart, so that nothing of Testcontainers is needed until a Docker engine was seen. */
  private static final class Running {

    static void requireAnswer() {
      if (!DockerClientFactory.instance().isDockerAvailable()) {
        throw new TestbedException("the Docker engine does not answer");
      }
    }

    /** A started server; Testcontainers' own process stops it. */
    @SuppressWarnings("resource")
    static Database server(
        String image, Map<String, String> environment, int port, String protocol, String user)
        throws Exception {
      GenericContainer<?> container =
          new GenericContainer<>(DockerImageName.parse(image))
              .withEnv(environment)
              .withExposedPorts(port);
      container.start();
      String host = container.getHost();
      int mapped = container.getMappedPort(port);
      boolean isPostgres = protocol.equals("postgresql");
      String name = isPostgres ? "postgres" : "mysql";
      String password = environment.values().iterator().next();
      String url = "jdbc:%s://%s:%d/%s".formatted(protocol, host, mapped, name);
      Database plain = new Database(url, host, mapped, name, user, password);
      Database database = isPostgres ? plain : plain.with(MySql.PARAMETERS);
      Deadline.await(() -> SqlServer.ask(database), Deadline.READY_MAX, container::isRunning);
      return database;
    }
  }
}
