package io.holdfast.store.sql;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Properties;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A client's certificate and key for MariaDB's driver, which wants them in a file of PKCS #12. That
 * is made for each connection, so renewed certificates are taken up, and is gone afterwards; only
 * the driver is told its password, which is random.
 */
record ClientKey(Path file, String password) implements AutoCloseable {
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  /**
   * Reads the certificate in PEM and the key in PEM or DER, and writes the file.
   *
   * @throws IOException if a file cannot be read, or holds something else; with its name
   */
  static ClientKey of(Path certificate, Path key) throws IOException {
    ClientKey made =
        new ClientKey(Files.createTempFile("holdfast-", ".p12"), UUID.randomUUID().toString());
    try (OutputStream out = Files.newOutputStream(made.file)) {
      Certificate[] chain = chain(certificate);
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      char[] password = made.password.toCharArray();
      store.setKeyEntry("client", key(key, chain[0]), password, chain);
      store.store(out, password);
      return made;
    } catch (GeneralSecurityException e) {
      made.close();
      throw new IOException(certificate + " and " + key + ": " + e.getMessage(), e);
    } catch (IOException e) {
      made.close();
      throw e;
    }
  }

  private static Certificate[] chain(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      Certificate[] chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(in)
              .toArray(Certificate[]::new);
      if (chain.length > 0) {
        return chain;
      }
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException("no certificate in " + file, e);
    }
    throw new IOException("no certificate in " + file);
  }

  private static PrivateKey key(Path file, Certificate certificate) throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(file);
      Matcher pem = PKCS8.matcher(new String(bytes, ISO_8859_1));
      byte[] der = pem.find() ? Base64.getMimeDecoder().decode(pem.group(1)) : bytes;
      return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(
          "no key for the certificate in " + file + ": it must be PKCS #8 without a password", e);
    }
  }

  /** The driver's properties with this key. */
  Properties in(Properties properties) {
    Properties all = new Properties();
    all.putAll(properties);
    all.setProperty("keyStore", file.toString());
    all.setProperty("keyStorePassword", password);
    all.setProperty("keyStoreType", "PKCS12");
    return all;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return file.toString();
  }
}
