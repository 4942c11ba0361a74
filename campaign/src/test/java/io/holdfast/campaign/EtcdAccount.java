package io.holdfast.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A user of an etcd server, which is reached through a proxy so that its connections can end. */
final class EtcdAccount implements Account {
  private static final Pattern TOKEN = Pattern.compile("\"token\":\"([^\"]+)\"");

  /** A connection may go on with a TLS session that is younger, and its certificate. */
  private static final long SESSION_NANOS = 1_200_000_000;

  private static final String ROOT = "{\"name\":\"root\",\"password\":\"of-all\"}";
  private static final String RANGE =
      "\"key\":\"%s\",\"range_end\":\"%s\"".formatted(base64("/app/"), base64("/app0"));

  private final HttpClient http = HttpClient.newHttpClient();
  private final Etcd etcd;
  private final FaultProxy proxy;
  private final Certificates.Identity shown;
  private boolean wantsPasswords;

  private EtcdAccount(Etcd etcd, Certificates.Identity shown) {
    this.etcd = etcd;
    this.shown = shown;
    proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
  }

  /** On a server that wants a password. */
  static EtcdAccount withPassword() {
    EtcdAccount account = new EtcdAccount(Etcd.start(), null);
    account.call("user/add", ROOT);
    account.call("user/add", "{\"name\":\"app\",\"password\":\"%s\"}".formatted(PASSWORD));
    for (String name : new String[] {"root", "app"}) {
      account.call("role/add", "{\"name\":\"%s\"}".formatted(name));
      account.call("user/grant", "{\"user\":\"%1$s\",\"role\":\"%1$s\"}".formatted(name));
    }
    account.allow(Rights.ALL);
    account.call("enable", "{}");
    account.wantsPasswords = true;
    return account;
  }

  /** On a server with a certificate in these files; clients have one too, instead of passwords. */
  static EtcdAccount withTls(Certificates.Identity shown) {
    return new EtcdAccount(Etcd.startTls(shown), shown);
  }

  @Override
  public String url() {
    String place = "127.0.0.1:" + proxy.port() + "/app";
    if (shown == null) {
      return "etcd://app:" + PASSWORD + "@" + place;
    }
    Certificates.Identity client = Certificates.client("app");
    return "etcd://%s?tls-ca=%s&tls-cert=%s&tls-key=%s"
        .formatted(place, Certificates.authority(), client.certificate(), client.key());
  }

  @Override
  public void setPassword(String password) {
    call("user/changepw", "{\"name\":\"app\",\"password\":\"%s\"}".formatted(password));
  }

  @Override
  public void allow(Rights rights) {
    if (rights == Rights.NONE) {
      call("role/revoke", "{\"role\":\"app\"," + RANGE + "}");
      endConnections(); // a watch that runs is not asked for its rights again
    } else {
      String type = rights == Rights.ALL ? "READWRITE" : "READ";
      call(
          "role/grant",
          "{\"name\":\"app\",\"perm\":{\"permType\":\"%s\",%s}}".formatted(type, RANGE));
    }
  }

  @Override
  public void present(Certificates.Identity identity) {
    shown.become(identity); // which the server reads for each connection
  }

  @Override
  public void endConnections() {
    proxy.strike(Direction.TO_CLIENT, FaultProxy.Fault.CUT);
    if (shown != null) {
      LockSupport.parkNanos(SESSION_NANOS);
      proxy.strike(Direction.TO_CLIENT, FaultProxy.Fault.CUT);
    }
  }

  private String call(String what, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(etcd.endpoint().resolve("/v3/auth/" + what))
            .timeout(Duration.ofMinutes(1))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (wantsPasswords && !what.equals("authenticate")) {
      Matcher token = TOKEN.matcher(call("authenticate", ROOT));
      if (!token.find()) {
        throw new AssertionError("no token for root");
      }
      request.header("Authorization", token.group(1));
    }
    try {
      HttpResponse<String> answer =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(what + ": " + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new AssertionError(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(what, e);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  @Override
  public void close() {
    proxy.close();
    etcd.close();
  }
}
