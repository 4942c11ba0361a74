package io.holdfast.testbed;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One database on a server and an account that may do everything in it.
 *
 * @param jdbcUrl without user and password
 * @param host name or address
 * @param port TCP
 * @param name of the database
 */
public record Database(
    String jdbcUrl, String host, int port, String name, String user, String password) {
  private static final Pattern URL =
      Pattern.compile("(jdbc:[a-z0-9]+:)//([^:/,?]+):(\\d+)/([^?]*)(?:\\?(.*))?");

  /** Reads the address of a server from a JDBC URL with {@code user} and {@code password}. */
  static Database parse(Wish wish) {
    Matcher url = URL.matcher(wish.value());
    if (!url.matches()) {
      throw new TestbedException(
          wish.variable() + " must look like jdbc:postgresql://host:5432/db?user=u&password=p");
    }
    Map<String, String> parameters =
        Arrays.stream(url.group(5) == null ? new String[0] : url.group(5).split("&"))
            .map(parameter -> parameter.split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    String others =
        parameters.entrySet().stream()
            .filter(entry -> !entry.getKey().equals("user") && !entry.getKey().equals("password"))
            .map(Object::toString)
            .collect(Collectors.joining("&"));
    return new Database(
        "%s//%s:%s/%s%s"
            .formatted(
                url.group(1),
                url.group(2),
                url.group(3),
                url.group(4),
                others.isEmpty() ? "" : "?" + others),
        url.group(2),
        Integer.parseInt(url.group(3)),
        url.group(4),
        parameters.getOrDefault("user", ""),
        parameters.getOrDefault("password", ""));
  }

  /** Opens a connection of the caller. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, user, password);
  }

  /** The same database as another user and with more parameters, like {@code a=1&b=2}. */
  public Database as(String otherUser, String otherPassword, String parameters) {
    String url = jdbcUrl + (jdbcUrl.contains("?") ? "&" : "?") + parameters;
    return new Database(url, host, port, name, otherUser, otherPassword);
  }

  /** The same database with more parameters. */
  public Database with(String parameters) {
    return as(user, password, parameters);
  }

  /** Another database of the same server and account. */
  Database named(String other) {
    String url = jdbcUrl.replaceFirst("(//[^/]*/)[^?]*", "$1" + other);
    return new Database(url, host, port, other, user, password);
  }

  /** The same database at another address, such as that of a proxy. */
  Database at(String otherHost, int otherPort) {
    String url = jdbcUrl.replaceFirst("//[^/]*/", "//" + otherHost + ":" + otherPort + "/");
    return new Database(url, otherHost, otherPort, name, user, password);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return jdbcUrl + " as " + user;
  }
}
