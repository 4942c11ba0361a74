package io.holdfast.store.etcd;

import io.holdfast.store.Limits;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL taken apart.
 *
 * @param config the whole configuration
 * @param members where the members listen, unresolved
 * @param prefix what all keys begin with; ends with a slash
 * @param operationsMax how many operations, and how many compares, the servers take at once
 * @param requestBytesMax how large a request may be
 */
record EtcdSettings(
    StoreConfig config,
    List<InetSocketAddress> members,
    String prefix,
    int operationsMax,
    int requestBytesMax) {
  static final Set<String> OPTIONS =
      Set.of(
          "tls",
          "tls-ca",
          "tls-cert",
          "tls-key",
          "txn-ops",
          "request-bytes",
          "trim-history",
          "old-servers");

  /** Guard and lane, which every commit puts besides. */
  static final int OWN_OPERATIONS = 2;

  private static final int KEY_BYTES_MAX = 2048;
  private static final int PAGE_ENTRIES_MAX = 10_000;
  private static final int PAGE_BYTES_MAX = 4 << 20;

  /** What a commit needs beside keys and values at least: prefixes, guard, lane, lengths. */
  private static final int OVERHEAD_BYTES = 64 << 10;

  /** What each write needs beside key, value and prefix: lengths, and the name for entries. */
  private static final int OVERHEAD_BYTES_OF_WRITE = 32;

  private static final int INBOUND_BYTES = 64 << 20;
  private static final int INBOUND_OVERHEAD_BYTES = 1 << 20;

  private static final int PREFIX_LENGTH_MAX = 128;
  private static final int PORT = 2379;
  private static final Pattern TARGET = Pattern.compile("//([^/]+)(/.*)?");
  private static final Pattern HOST =
      Pattern.compile("(\\[[0-9A-Fa-f:]+]|[^:\\[\\]]+)(?::(\\d+))?");
  private static final Pattern LOCAL =
      Pattern.compile("localhost|127(\\.\\d+){3}|::1|(0+:)+0*1", Pattern.CASE_INSENSITIVE);

  static EtcdSettings of(StoreConfig config) {
    Matcher target = TARGET.matcher(config.target());
    if (!target.matches()) {
      throw unusable(config + ": must look like etcd://HOST:2379,HOST:2379/PREFIX");
    }
    List<InetSocketAddress> members = new ArrayList<>();
    for (String host : target.group(1).split(",", -1)) {
      members.add(address(config, host));
    }
    EtcdSettings settings =
        new EtcdSettings(
            config,
            List.copyOf(members),
            prefix(config, target.group(2)),
            (int) config.integer("txn-ops", 128, 8, 1 << 20),
            (int) config.integer("request-bytes", 3 << 19, 128 << 10, 1 << 28));
    settings.checkOptions();
    return settings;
  }

  private void checkOptions() {
    config.timeout();
    config.historyAge();
    config.historyCommits();
    choice("tls", "on", "off");
    choice("trim-history", "on", "off");
    choice("old-servers", "accept", "refuse");
    if (config.option("tls-cert").isPresent() != config.option("tls-key").isPresent()) {
      throw unusable(config + ": options tls-cert and tls-key go together");
    }
    boolean certificates =
        config.option("tls-ca").isPresent() || config.option("tls-cert").isPresent();
    if (certificates && config.option("tls").equals(Optional.of("off"))) {
      throw unusable(config + ": tls=off, but certificates are given");
    }
  }

  private void choice(String option, String one, String other) {
    String value = config.option(option).orElse(one);
    if (!value.equals(one) && !value.equals(other)) {
      throw unusable(config + ": option " + option + " must be " + one + " or " + other);
    }
  }

  private static InetSocketAddress address(StoreConfig config, String text) {
    Matcher host = HOST.matcher(text);
    int port = -1;
    if (host.matches()) {
      port = host.group(2) == null ? PORT : parsePort(host.group(2));
    }
    if (port < 1 || port > 65_535) {
      throw unusable(config + ": not a host with a port: " + text);
    }
    String name = host.group(1).replaceAll("[\\[\\]]", "");
    return InetSocketAddress.createUnresolved(name, port);
  }

  private static int parsePort(String digits) {
    return digits.length() > 5 ? -1 : Integer.parseInt(digits);
  }

  private static String prefix(StoreConfig config, String path) {
    String prefix = path == null || path.equals("/") ? "/holdfast" : path;
    if (prefix.length() > PREFIX_LENGTH_MAX) {
      throw unusable(config + ": the prefix is longer than " + PREFIX_LENGTH_MAX + " characters");
    }
    return prefix.endsWith("/") ? prefix : prefix + "/";
  }

  boolean tls() {
    boolean local = members.stream().allMatch(m -> LOCAL.matcher(m.getHostString()).matches());
    boolean certificates =
        config.option("tls-ca").isPresent() || config.option("tls-cert").isPresent();
    return config.option("tls").orElse(local && !certificates ? "off" : "on").equals("on");
  }

  boolean trimsHistory() {
    return config.option("trim-history").orElse("off").equals("on");
  }

  boolean acceptsOldServers() {
    return config.option("old-servers").orElse("refuse").equals("accept");
  }

  Limits limits() {
    int ofWrite = OVERHEAD_BYTES_OF_WRITE + prefix.getBytes(StandardCharsets.UTF_8).length;
    int most = Math.max(OVERHEAD_BYTES, requestBytesMax / 4) / ofWrite;
    int writes = Math.min(operationsMax - OWN_OPERATIONS, most);
    int bytes = requestBytesMax - Math.max(OVERHEAD_BYTES, (writes + OWN_OPERATIONS) * ofWrite);
    return new Limits(
        KEY_BYTES_MAX, bytes - KEY_BYTES_MAX, writes, bytes, PAGE_ENTRIES_MAX, PAGE_BYTES_MAX);
  }

  /**
   * How large an answer may be: a page may be much larger than it should be, before its size is
   * known, and whatever can be written must be read. Servers cut the messages of a watch by what
   * they take and half a MiB.
   */
  int inboundBytesMax() {
    return Math.max(INBOUND_BYTES, requestBytesMax + INBOUND_OVERHEAD_BYTES);
  }

  private static StoreException unusable(String message) {
    return new StoreException.Unusable(Reason.URL, message, null);
  }

  /** The URL without password and options. */
  @Override
  public String toString() {
    return config.toString();
  }
}
