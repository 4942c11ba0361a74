package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Certificates of an authority that lives as long as the JVM, made with the JDK's keytool at first
 * use. Keys are on the curve P-256.
 */
public final class Certificates {
  private static final String PASSWORD = "changeit";
  private static final String AUTHORITY = "authority";
  private static final String HERE = "san=dns:localhost,ip:127.0.0.1";
  private static final String BOTH_SIDES = "eku=serverAuth,clientAuth";
  private static final Map<String, Identity> ISSUED = new HashMap<>();

  private Certificates() {}

  /**
   * A certificate and its key.
   *
   * @param certificate PEM
   * @param key PEM, PKCS #8, without password; only the servers' account may read it
   * @param keyDer the same in DER, as PostgreSQL's JDBC driver wants it
   */
  public record Identity(Path certificate, Path key, Path keyDer) {

    /** The same in files of its own, for a server whose certificate is to be replaced. */
    public Identity copy() {
      try {
        String name = SqlServer.nextName("certificate");
        return new Identity(
            write(name + ".pem", Files.readAllBytes(certificate)),
            write(name + ".key", Files.readAllBytes(key)),
            write(name + ".p8", Files.readAllBytes(keyDer)));
      } catch (IOException e) {
        throw new TestbedException("copy of " + certificate + ": " + e.getMessage(), e);
      }
    }

    /** Puts another certificate and its key into these files. */
    public void become(Identity other) {
      try {
        Files.write(certificate, Files.readAllBytes(other.certificate));
        Files.write(key, Files.readAllBytes(other.key));
        Files.write(keyDer, Files.readAllBytes(other.keyDer));
      } catch (IOException e) {
        throw new TestbedException(certificate + ": " + e.getMessage(), e);
      }
    }
  }

  /** The certificate that the others are issued by, as PEM. */
  public static Path authority() {
    return issue(AUTHORITY, "-dname", "CN=holdfast-test", "-ext", "bc:c=ca:true").certificate();
  }

  /** For {@code localhost} and 127.0.0.1. */
  public static Identity server() {
    return signed("server", "localhost", "-ext", HERE, "-ext", BOTH_SIDES);
  }

  /** For a host that is not this one. */
  public static Identity otherHost() {
    return signed("other", "other.invalid", "-ext", "san=dns:other.invalid", "-ext", BOTH_SIDES);
  }

  /** For this host, but no longer valid since yesterday. */
  public static Identity expired() {
    return signed("expired", "localhost", "-ext", HERE, "-ext", BOTH_SIDES, "-startdate", "-3d");
  }

  /** For a client whose user name is the certificate's common name. */
  public static Identity client(String commonName) {
    return signed("client-" + commonName, commonName, "-ext", "eku=clientAuth");
  }

  private static Identity signed(String alias, String commonName, String... options) {
    authority();
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("-dname", "CN=" + commonName, "-signer", AUTHORITY));
    return issue(alias, all.toArray(String[]::new));
  }

  private static synchronized Identity issue(String alias, String... options) {
    return ISSUED.computeIfAbsent(alias, name -> generate(name, options));
  }

  private static Identity generate(String alias, String... options) {
    Path store = Scratch.path("certificates.p12");
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    line.addAll(List.of(options));
    Command.of(line.toArray(String[]::new)).run();
    try (InputStream file = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(file, PASSWORD.toCharArray());
      Key key = keys.getKey(alias, PASSWORD.toCharArray());
      Certificate certificate = keys.getCertificate(alias);
      return new Identity(
          write(alias + ".pem", pem("CERTIFICATE", certificate.getEncoded())),
          write(alias + ".key", pem("PRIVATE KEY", key.getEncoded())),
          write(alias + ".p8", key.getEncoded()));
    } catch (GeneralSecurityException | IOException e) {
      throw new TestbedException("certificate " + alias + ": " + e.getMessage(), e);
    }
  }

  private static byte[] pem(String what, byte[] bytes) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(what, base64)
        .getBytes(US_ASCII);
  }

  private static Path write(String name, byte[] bytes) throws IOException {
    Path file = Files.write(Scratch.path(name), bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Account.give(file);
    return file;
  }
}
