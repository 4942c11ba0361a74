package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.SQLException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;

final class TlsTest {

  @Test
  void postgresProvesWhoItIsAndRefusesPlaintext() throws Exception {
    String verify = "sslmode=verify-full&sslrootcert=" + Certificates.authority();
    try (Postgres server = Postgres.startTls(Certificates.server())) {
      Database admin = server.admin();
      assertEquals("1", Sql.one(admin.with(verify), "SELECT 1"));
      refuses("no encryption", admin.with("sslmode=disable"));
      Sql.run(admin, "CREATE ROLE certified LOGIN");
      String certificate = "&sslcert=%s&sslkey=%s";
      var right = Certificates.client("certified");
      var wrong = Certificates.client("somebody");
      Database certified = admin.as("certified", "", verify);
      refuses("client certificate", certified);
      refuses(
          "certificate authentication failed",
          certified.with(certificate.formatted(wrong.certificate(), wrong.keyDer())));
      assertEquals(
          "certified",
          Sql.one(
              certified.with(certificate.formatted(right.certificate(), right.keyDer())),
              "SELECT current_user"));
    }
    try (Postgres server = Postgres.startTls(Certificates.otherHost())) {
      refuses("127.0.0.1 could not be verified", server.admin().with(verify));
    }
    try (Postgres server = Postgres.startTls(Certificates.expired())) {
      refuses("validity check failed", server.admin().with(verify));
    }
  }

  @Test
  void mariaDbProvesWhoItIsAndRefusesPlaintext() throws Exception {
    String verify = "sslMode=verify-full&serverSslCert=" + Certificates.authority();
    try (MariaDb server = MariaDb.startTls(Certificates.server())) {
      assertEquals("1", Sql.one(server.admin().with(verify), "SELECT 1"));
      refuses("Access denied", server.admin().with("sslMode=disable"));
    }
    try (MariaDb server = MariaDb.startTls(Certificates.otherHost())) {
      refuses("other.invalid", server.admin().with(verify));
    }
  }

  @Test
  void etcdWantsAClientCertificate() throws Exception {
    try (Etcd etcd = Etcd.startTls(Certificates.server())) {
      HttpRequest version =
          HttpRequest.newBuilder(etcd.endpoint().resolve("/version"))
              .timeout(Deadline.READY_MAX)
              .build();
      HttpResponse<String> answer =
          client(Certificates.client("tester")).send(version, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      assertThrows(
          SSLException.class,
          () -> client(null).send(version, HttpResponse.BodyHandlers.ofString()));
    }
  }

  private static void refuses(String why, Database database) {
    SQLException e = assertThrows(SQLException.class, () -> database.connect().close());
    assertTrue(e.getMessage().contains(why), e::getMessage);
  }

  /** A client that trusts our authority and shows a certificate, or none for null. */
  private static HttpClient client(Certificates.Identity identity) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("authority", certificate(Certificates.authority()));
    if (identity != null) {
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(identity.keyDer())));
      Certificate[] chain = {certificate(identity.certificate())};
      store.setKeyEntry("client", key, new char[0], chain);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    // With TLS 1.3 the refusal comes behind the handshake, where the client can miss it.
    SSLParameters parameters = new SSLParameters(null, new String[] {"TLSv1.2"});
    return HttpClient.newBuilder().sslContext(context).sslParameters(parameters).build();
  }

  private static Certificate certificate(Path pem) throws Exception {
    try (InputStream file = Files.newInputStream(pem)) {
      return CertificateFactory.getInstance("X.509").generateCertificate(file);
    }
  }
}
