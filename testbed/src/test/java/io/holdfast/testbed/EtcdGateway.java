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

  private static final Duration TIME_MAX = Duration.ofSeconds(2);

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI endpoint;

  EtcdGateway(URI endpoint) {
    this.endpoint = endpoint;
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
            .timeout(TIME_MAX)
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
