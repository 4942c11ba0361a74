package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a store is and how to use it: a URL and typed settings; immutable.
 *
 * <p>URLs are {@code scheme:target?option=value&option=value}, such as {@code memory:test}, {@code
 * sqlite:data/shop.db} or {@code postgresql://user@host:5432/db}. Option values are
 * percent-decoded, the target is taken as it stands up to the first question mark. Every store
 * knows these options:
 *
 * <ul>
 *   <li>{@code timeout}: how long a call may take, default 10 s;
 *   <li>{@code history-age}: how long a commit stays in the history at least, default 1 h;
 *   <li>{@code history-commits}: how many commits the history keeps at most whatever their age,
 *       default 1,000,000;
 *   <li>{@code password-file}, {@code password-env}: the file, or the environment variable, that
 *       holds the password.
 * </ul>
 *
 * <p>Durations are written as {@code 250ms}, {@code 5s}, {@code 2m} or {@code 1h}, with nine digits
 * at most.
 */
public final class StoreConfig {
  private static final Set<String> COMMON =
      Set.of("timeout", "history-age", "history-commits", "password-file", "password-env");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final long DURATION_MOST = 999_999_999; // of any unit

  /** Of a URL that lacks a slash, so that its user and password were taken for the target. */
  private static final Pattern MISPLACED_PASSWORD = Pattern.compile("^(/?[^/:@]+):.*@");

  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");

  private final String scheme;
  private final String target;
  private final String user;
  private final String password;
  private final Map<String, String> options;

  private StoreConfig(
      String scheme, String target, String user, String password, Map<String, String> options) {
    this.scheme = scheme;
    this.target = target;
    this.user = user;
    this.password = password;
    this.options = Map.copyOf(options);
  }

  /**
   * Reads a URL.
   *
   * @throws StoreException.Unusable with {@link Reason#URL} when it is no store URL
   */
  public static StoreConfig of(String url) {
    Objects.requireNonNull(url, "url");
    int colon = url.indexOf(':');
    if (colon < 1 || !SCHEME.matcher(url.substring(0, colon)).matches()) {
      // The text may hold a password, so it is not repeated.
      throw unusable("not a store URL: it must look like sqlite:PATH or memory:NAME", null);
    }
    int question = url.indexOf('?', colon);
    String target = url.substring(colon + 1, question < 0 ? url.length() : question);
    Map<String, String> options =
        question < 0 ? Map.of() : readOptions(url.substring(question + 1));
    String scheme = url.substring(0, colon).toLowerCase(Locale.ROOT);
    return withUser(scheme, target, options);
  }

  private static StoreConfig withUser(String scheme, String target, Map<String, String> options) {
    int at = target.startsWith("//") ? target.lastIndexOf('@') : -1;
    if (at < 0) {
      return new StoreConfig(scheme, target, null, null, options);
    }
    String[] userInfo = target.substring(2, at).split(":", 2);
    String password = userInfo.length == 2 ? decode(userInfo[1]) : null;
    String address = "//" + target.substring(at + 1);
    return new StoreConfig(scheme, address, decode(userInfo[0]), password, options);
  }

  private static Map<String, String> readOptions(String query) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String part : query.split("&")) {
      int equals = part.indexOf('=');
      if (equals < 1) {
        throw unusable("store URL: an option must look like name=value", null);
      }
      String name = decode(part.substring(0, equals));
      if (options.put(name, decode(part.substring(equals + 1))) != null) {
        throw unusable("store URL: option " + name + " stands there twice", null);
      }
    }
    return options;
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw unusable("store URL: a percent sign is not followed by two hex digits", e);
    }
  }

  /** The same with another value for an option. */
  public StoreConfig with(String option, String value) {
    Map<String, String> changed = new LinkedHashMap<>(options);
    changed.put(option, value);
    return new StoreConfig(scheme, target, user, password, changed);
  }

  /** The same with a bound on the time of a call. */
  public StoreConfig withTimeout(Duration timeout) {
    return with("timeout", text(timeout));
  }

  /** The same with the time that a commit stays in the history at least. */
  public StoreConfig withHistoryAge(Duration age) {
    return with("history-age", text(age));
  }

  /** In the finest unit in which it has no more digits than an option may have. */
  private static String text(Duration duration) {
    if (duration.compareTo(Duration.ofMillis(DURATION_MOST)) <= 0) {
      return duration.toMillis() + "ms";
    }
    return duration.compareTo(Duration.ofSeconds(DURATION_MOST)) <= 0
        ? duration.toSeconds() + "s"
        : Math.min(duration.toHours(), DURATION_MOST) + "h";
  }

  /** The same with the number of commits that the history keeps at most. */
  public StoreConfig withHistoryCommits(long commits) {
    return with("history-commits", Long.toString(commits));
  }

  /** The same with a password that stands in no URL. */
  public StoreConfig withPassword(String secret) {
    return new StoreConfig(scheme, target, user, Objects.requireNonNull(secret), options);
  }

  /** The URL's scheme in lower case. */
  public String scheme() {
    return scheme;
  }

  /** What stands between scheme and options, without user and password. */
  public String target() {
    return target;
  }

  /** The user's name. */
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** The password: given, or read now from its file or environment variable. */
  public Optional<String> password() {
    String file = options.get("password-file");
    String variable = options.get("password-env");
    if ((password == null ? 0 : 1) + (file == null ? 0 : 1) + (variable == null ? 0 : 1) > 1) {
      throw unusable(this + ": give one password, not several", null);
    }
    if (file != null) {
      return Optional.of(readPassword(Path.of(file)));
    }
    if (variable != null) {
      return Optional.of(
          Optional.ofNullable(System.getenv(variable))
              .orElseThrow(
                  () -> unusable(this + ": environment variable " + variable + " not set", null)));
    }
    return Optional.ofNullable(password);
  }

  private String readPassword(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw unusable(this + ": cannot read password file " + file, e);
    }
  }

  /** How long a call may take; more than no time at all. */
  public Duration timeout() {
    Duration timeout = duration("timeout", Duration.ofSeconds(10));
    if (timeout.isZero()) {
      throw unusable(this + ": option timeout must be at least 1ms", null);
    }
    return timeout;
  }

  /** How long a commit stays in the history at least. */
  public Duration historyAge() {
    return duration("history-age", Duration.ofHours(1));
  }

  /** How many commits the history keeps at most. */
  public long historyCommits() {
    return integer("history-commits", 1_000_000, 1, Long.MAX_VALUE);
  }

  /** The option's text. */
  public Optional<String> option(String name) {
    return Optional.ofNullable(options.get(name));
  }

  /** The option as a duration. */
  public Duration duration(String name, Duration otherwise) {
    String text = options.get(name);
    if (text == null) {
      return otherwise;
    }
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw unusable(this + ": option " + name + " must look like 250ms, 5s, 2m or 1h", null);
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }

  /** The option as an integer from {@code least} to {@code most}. */
  public long integer(String name, long otherwise, long least, long most) {
    String text = options.get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Falls through to the message that names the bounds.
    }
    throw unusable(
        this + ": option " + name + " must be a number from " + least + " to " + most, null);
  }

  /** Throws when the URL has an option that neither every store nor {@code known} has. */
  void rejectUnknownOptions(Set<String> known) {
    for (String name : options.keySet()) {
      if (!COMMON.contains(name) && !known.contains(name)) {
        Set<String> all = new TreeSet<>(COMMON);
        all.addAll(known);
        throw unusable(this + ": unknown option " + name + "; known are " + all, null);
      }
    }
  }

  private static StoreException.Unusable unusable(String message, Throwable cause) {
    return new StoreException.Unusable(Reason.URL, message, cause);
  }

  /** Scheme, user and target; never a password, never an option's value. */
  @Override
  public String toString() {
    if (user == null) {
      return scheme + ":" + MISPLACED_PASSWORD.matcher(target).replaceFirst("$1:***@");
    }
    return scheme + "://" + user + "@" + target.substring(2);
  }
}
