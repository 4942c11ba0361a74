package io.holdfast.store.sql;

import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import java.util.Set;

/**
 * How a server is spoken to, as the options of a URL say. {@code tls}, {@code tls-ca}, {@code
 * tls-cert} and {@code tls-key} are those of all stores; {@code sslmode}, {@code sslrootcert},
 * {@code sslcert} and {@code sslkey} are what PostgreSQL calls the same, with more modes.
 *
 * @param asked disable, require, verify-ca or verify-full; empty if the URL leaves it open
 * @param authority the file that the server's certificate is verified with
 * @param certificate the file with the client's certificate; there if there is a key
 * @param key the file with its key
 */
record Tls(
    Optional<String> asked,
    Optional<String> authority,
    Optional<String> certificate,
    Optional<String> key) {
  /** The options for servers. */
  static final Set<String> OPTIONS =
      Set.of("tls", "tls-ca", "tls-cert", "tls-key", "sslmode", "sslrootcert", "sslcert", "sslkey");

  private static final Set<String> MODES = Set.of("disable", "require", "verify-ca", "verify-full");

  static Tls of(StoreConfig config) {
    Tls tls =
        new Tls(
            mode(config),
            either(config, "tls-ca", "sslrootcert"),
            either(config, "tls-cert", "sslcert"),
            either(config, "tls-key", "sslkey"));
    if (tls.certificate.isPresent() != tls.key.isPresent()) {
      throw unusable(config, "options tls-cert and tls-key go together");
    }
    if (tls.hasFiles() && tls.asked.equals(Optional.of("disable"))) {
      throw unusable(config, "TLS is off, but certificates are given");
    }
    return tls;
  }

  private static Optional<String> mode(StoreConfig config) {
    Optional<String> mode = config.option("sslmode");
    if (mode.isPresent() && !MODES.contains(mode.get())) {
      throw unusable(config, "option sslmode is one of disable, require, verify-ca, verify-full");
    }
    Optional<String> onOrOff = config.option("tls");
    if (onOrOff.isPresent() && !Set.of("on", "off").contains(onOrOff.get())) {
      throw unusable(config, "option tls must be on or off");
    }
    return either(config, "tls", "sslmode")
        .map(word -> word.equals("on") ? "verify-full" : word.equals("off") ? "disable" : word);
  }

  private static Optional<String> either(StoreConfig config, String name, String other) {
    Optional<String> one = config.option(name);
    if (one.isPresent() && config.option(other).isPresent()) {
      throw unusable(config, "options " + name + " and " + other + " are one thing: give one");
    }
    return one.isPresent() ? one : config.option(other);
  }

  private static StoreException unusable(StoreConfig config, String why) {
    return new StoreException.Unusable(Reason.URL, config + ": " + why, null);
  }

  private boolean hasFiles() {
    return authority.isPresent() || certificate.isPresent();
  }

  /**
   * The mode: with a full check of the certificate wherever somebody could be between, and where
   * there is something to check it with.
   *
   * @param here what is done on this machine
   */
  String mode(boolean isHere, String here) {
    return asked.orElse(isHere && !hasFiles() ? here : "verify-full");
  }

  /** The algorithm of the client's key, {@code EC} or {@code RSA}, which its certificate tells. */
  String keyAlgorithm() throws IOException, CertificateException {
    try (InputStream file = Files.newInputStream(Path.of(certificate.orElseThrow()))) {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(file)
          .getPublicKey()
          .getAlgorithm();
    }
  }
}
