package io.holdfast.testbed;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An etcd server, or one member of a cluster; version 3.5 or newer.
 *
 * <p>Taken from the first that works: the server whose endpoint the environment variable {@value
 * #VARIABLE} gives; etcd on this machine; the package of a newer Debian, fetched without installing
 * it. The variable may also name a folder with {@code etcd}, or say {@code download} for the
 * package; nothing else is tried then.
 */
public final class Etcd extends Server {
  static final String VARIABLE = "HOLDFAST_TEST_ETCD";

  private static final String ADVICE =
      "Put etcd 3.5 or newer on the PATH, or set "
          + VARIABLE
          + " to a folder with etcd or to the endpoint of a server, like http://127.0.0.1:2379.";
  private static final String SUITE = "forky";
  private static final Pattern VERSION = Pattern.compile("etcd Version: (\\d+)\\.(\\d+)");
  private static final Pattern LEADER = Pattern.compile("\"leader\":\"(\\d+)\"");
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
  private static final Once<Etcd> SHARED = new Once<>(Etcd::findShared);

  private final URI endpoint;

  private Etcd(URI endpoint, ServerProcess process) {
    super(process);
    this.endpoint = endpoint;
  }

  /** The server that all tests of this JVM share; it is started at first use. */
  public static Etcd shared() {
    return SHARED.get();
  }

  /**
   * Starts a server for one test.
   *
   * @param settings like {@code max-txn-ops=1024}
   */
  public static Etcd start(String... settings) {
    return start(Wish.of(VARIABLE).withoutAddress(), settings);
  }

  /** Starts a server for one test that wants TLS and a client certificate of our authority. */
  public static Etcd startTls(Certificates.Identity identity, String... settings) {
    Stream<String> tls =
        Stream.of(
            "cert-file=" + identity.certificate(),
            "key-file=" + identity.key(),
            "trusted-ca-file=" + Certificates.authority(),
            "client-cert-auth");
    String[] all = Stream.concat(tls, Stream.of(settings)).toArray(String[]::new);
    return await(launch(Wish.of(VARIABLE).withoutAddress(), "https", 1, peer -> peer, all).get(0));
  }

  static Etcd start(Wish wish, String... settings) {
    return await(launch(wish, "http", 1, peer -> peer, settings).get(0));
  }

  private static Etcd await(Etcd etcd) {
    etcd.own().awaitReady();
    return etcd;
  }

  /**
   * Starts the members of a new cluster; they answer when most of them have found each other.
   *
   * @param advertised where the others reach a member that listens here
   */
  static List<Etcd> launch(
      Wish wish, String scheme, int size, UnaryOperator<URI> advertised, String... settings) {
    Binaries binaries = search().find(wish, ADVICE);
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      URI peer = address("http");
      members.add(
          new Member(SqlServer.nextName("etcd"), address(scheme), peer, advertised.apply(peer)));
    }
    String cluster = String.join(",", members.stream().map(Member::inCluster).toList());
    return members.stream().map(member -> member.launch(binaries, cluster, settings)).toList();
  }

  /** Where clients connect, like {@code http://127.0.0.1:12345}. */
  public URI endpoint() {
    return endpoint;
  }

  /** A prefix of keys that no other test uses; it ends with a slash. */
  public String freshPrefix() {
    return "/" + UUID.randomUUID() + "/";
  }

  /** Whether this member leads its cluster; false if it does not answer. Not for TLS. */
  public boolean isLeader() {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint.resolve("/v3/maintenance/status"))
            .timeout(Duration.ofSeconds(1))
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    try {
      String status = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
      Matcher leader = LEADER.matcher(status);
      return leader.find() && status.contains("\"member_id\":\"" + leader.group(1) + "\"");
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static URI address(String scheme) {
    return URI.create(scheme + "://127.0.0.1:" + Scratch.port());
  }

  private static Etcd findShared() {
    Wish wish = Wish.of(VARIABLE);
    if (wish.isAddress()) {
      return new Etcd(URI.create(wish.value()), null);
    }
    return new Etcd(start(wish).endpoint(), null);
  }

  private static void ask(URI metrics) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(metrics.resolve("/health")).timeout(Duration.ofSeconds(5)).build();
    HttpResponse<String> health = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    if (health.statusCode() != 200) {
      throw new IOException("health: " + health.body());
    }
  }

  private static Binaries.Search search() {
    return new Binaries.Search(
        "etcd", List.of(Path.of("/usr/bin")), Etcd::isNewEnough, Etcd::download);
  }

  private static boolean isNewEnough(Binaries binaries) {
    Matcher version = VERSION.matcher(binaries.command("etcd", List.of("--version")).run());
    return version.find()
        && Integer.parseInt(version.group(1)) * 1000 + Integer.parseInt(version.group(2)) >= 3005;
  }

  private static Binaries download() throws IOException {
    Path home = DebianPackages.ofSuite(SUITE, "etcd-" + SUITE, "etcd-server");
    return new Binaries(home.resolve("usr/bin"), Map.of());
  }

  private record Member(String name, URI client, URI peer, URI advertised) {

    String inCluster() {
      return name + "=" + advertised;
    }

    Etcd launch(Binaries binaries, String cluster, String... settings) {
      Path data = Scratch.folder(name);
      // Asked for health: without TLS and passwords, whatever clients need.
      URI metrics = address("http");
      List<String> line =
          new ArrayList<>(
              List.of(
                  "--name=" + name,
                  "--data-dir=" + data.resolve("data"),
                  "--logger=zap",
                  "--log-level=warn",
                  "--listen-client-urls=" + client,
                  "--advertise-client-urls=" + client,
                  "--listen-metrics-urls=" + metrics,
                  "--listen-peer-urls=" + peer,
                  "--initial-advertise-peer-urls=" + advertised,
                  "--initial-cluster=" + cluster));
      Arrays.stream(settings).forEach(setting -> line.add("--" + setting));
      ServerProcess process =
          new ServerProcess(
              new ServerProcess.Plan(
                  name, binaries.command("etcd", line), data, "KILL", () -> ask(metrics)));
      process.launch();
      return new Etcd(client, process);
    }
  }
}
