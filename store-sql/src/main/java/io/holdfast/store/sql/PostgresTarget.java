package io.holdfast.store.sql;

import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the servers of a store are, and how to speak with them.
 *
 * @param place for messages; holds no password
 * @param hosts each with a port
 * @param database its name
 * @param config the rest
 */
record PostgresTarget(String place, List<Host> hosts, String database, StoreConfig config) {
  /** The options that only this kind of store has. */
  static final Set<String> OPTIONS = Set.of("prepare-threshold", "pool");

  /** Until the server has said what it is; later each call brings its own bound. */
  private static final String SECONDS_TO_CONNECT = "3";

  private static final Pattern TARGET = Pattern.compile("//([^/]+)/([^/]+)");
  private static final Pattern HOST =
      Pattern.compile("([^:\\[\\]]+|\\[[0-9a-fA-F:.]+])(?::(\\d{1,5}))?");
  private static final Pattern HERE =
      Pattern.compile("localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1]|\\[0:0:0:0:0:0:0:1]");

  /**
   * One server.
   *
   * @param name or address
   */
  record Host(String name, int port) {
    /** Whether it is this machine, so that nobody is between. */
    boolean isHere() {
      return HERE.matcher(name).matches();
    }

    @Override
    public String toString() {
      return name + ":" + port;
    }
  }

  static PostgresTarget of(StoreConfig config) {
    Matcher target = TARGET.matcher(config.target());
    if (!target.matches()) {
      throw malformed(config);
    }
    List<Host> hosts =
        Arrays.stream(target.group(1).split(",", -1)).map(text -> host(config, text)).toList();
    PostgresTarget read = new PostgresTarget(config.toString(), hosts, target.group(2), config);
    hosts.forEach(read::properties);
    read.pool();
    return read;
  }

  private static Host host(StoreConfig config, String text) {
    Matcher host = HOST.matcher(text);
    if (!host.matches()) {
      throw malformed(config);
    }
    int port = host.group(2) == null ? 5432 : Integer.parseInt(host.group(2));
    if (port < 1 || port > 65_535) {
      throw unusable(config + ": a port is a number from 1 to 65535, unlike " + port);
    }
    return new Host(host.group(1), port);
  }

  private static StoreException malformed(StoreConfig config) {
    return unusable(config + ": must look like postgresql://user@host:5432,host2:5432/database");
  }

  private static StoreException unusable(String message) {
    return new StoreException.Unusable(Reason.URL, message, null);
  }

  String jdbcUrl(Host host) {
    return "jdbc:postgresql://" + host + "/" + database;
  }

  /** What the driver is told for a host. */
  Properties properties(Host host) {
    Properties properties = new Properties();
    config.user().ifPresent(user -> properties.setProperty("user", user));
    config.password().ifPresent(password -> properties.setProperty("password", password));
    properties.setProperty("ApplicationName", "holdfast");
    properties.setProperty("tcpKeepAlive", "true");
    // The server's details quote rows.
    properties.setProperty("logServerErrorDetail", "false");
    properties.setProperty("connectTimeout", SECONDS_TO_CONNECT);
    properties.setProperty("socketTimeout", SECONDS_TO_CONNECT);
    // Whether it is the primary is asked then: the driver takes one that gives sessions no writes
    // by default, as on a disk that is nearly full, for none.
    properties.setProperty("gssEncMode", "disable");
    properties.setProperty("assumeMinServerVersion", "14");
    properties.setProperty(
        "prepareThreshold", Long.toString(config.integer("prepare-threshold", 5, 0, 1000)));
    addTls(properties, host);
    return properties;
  }

  private void addTls(Properties properties, Host host) {
    Tls tls = Tls.of(config);
    String mode = tls.mode(host.isHere(), "prefer");
    properties.setProperty("sslmode", mode);
    tls.authority().ifPresent(file -> properties.setProperty("sslrootcert", file));
    if (tls.certificate().isPresent()) {
      properties.setProperty("sslcert", tls.certificate().get());
      properties.setProperty("sslkey", tls.key().orElseThrow());
      properties.setProperty("pemKeyAlgorithm", keyAlgorithm(tls));
    }
    if (tls.authority().isEmpty() && mode.startsWith("verify")) {
      if (tls.certificate().isPresent()) {
        throw unusable(place + ": with option tls-cert, name the authority in option tls-ca");
      }
      // The authorities that this JVM trusts.
      properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
    }
  }

  private String keyAlgorithm(Tls tls) {
    try {
      return tls.keyAlgorithm();
    } catch (IOException | CertificateException e) {
      throw new StoreException.Unusable(
          Reason.URL, place + ": no certificate in " + tls.certificate().orElseThrow(), e);
    }
  }

  /** How many connections serve reads. */
  int pool() {
    return (int) config.integer("pool", 8, 1, 1000);
  }
}
