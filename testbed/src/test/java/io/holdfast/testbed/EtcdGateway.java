package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and writes etcd through its HTTP gateway. */
final class EtcdGateway {
  private static final Pattern VALUE = Pattern.compile("\"value\":\"([^\"]*)\"");

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI endpoint;
  private final Duration timeMax;

  /** To a server that answers sooner or later. */
  EtcdGateway(URI endpoint) {
    this(endpoint, Deadline.READY_MAX);
  }

  /** To a server that may not answer within this time. */
  EtcdGateway(URI endpoint, Duration timeMax) {
    this.endpoint = endpoint;
    this.timeMax = timeMax;
  }

  void put(String key, String value) throws IOException, InterruptedException {
    call("put", "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value)));
  }

  Optional<String> get(String key) throws IOException, InterruptedException {
    Matcher value = VALUE.matcher(call("range", "{\"key\":\"%s\"}".formatted(base64(key))));
    return value.find()
        ? Optional.of(new String(Base64.getDecoder().decode(value.group(1)), UTF_8))
        : Optional.empty();
  }

  private String call(String method, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint.resolve("/v3/kv/" + method))
            .timeout(timeMax)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(response.body());
    }
    return response.body();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
