package io.holdfast.datastore.spire;

import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** X.509 certificates in DER, one behind the other, as bundles hold them. */
final class Certificates {
  private static final String SUBJECT_KEY_ID = "2.5.29.14";
  private static final byte SEQUENCE = 0x30;
  private static final byte OCTET_STRING = 0x04;

  private Certificates() {}

  /** All certificates; none if there are no bytes. */
  static List<X509Certificate> parseAll(ByteString der) throws CertificateException {
    List<X509Certificate> certificates = new ArrayList<>();
    int from = 0;
    while (from < der.size()) {
      int to = endOf(der, from, SEQUENCE);
      certificates.add(parse(der.substring(from, to)));
      from = to;
    }
    return certificates;
  }

  /** The one certificate that there is; more bytes than that are an error. */
  static X509Certificate parseOne(ByteString der) throws CertificateException {
    if (endOf(der, 0, SEQUENCE) != der.size()) {
      throw new CertificateException("x509: trailing data");
    }
    return parse(der);
  }

  /** In the words of SPIRE's parser: its servers show them, and its test suite compares them. */
  private static CertificateException malformed() {
    return new CertificateException("x509: malformed certificate");
  }

  /** The factory takes other forms than DER too, but none that begins like this. */
  private static X509Certificate parse(ByteString der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(der.toByteArray()));
  }

  /** The subject key id in lower-case hex; empty if the certificate has none. */
  static String subjectKeyId(X509Certificate certificate) throws CertificateException {
    byte[] extension = certificate.getExtensionValue(SUBJECT_KEY_ID);
    if (extension == null) {
      return "";
    }
    ByteString inner = content(ByteString.copyFrom(extension));
    return HexFormat.of().formatHex(content(inner).toByteArray());
  }

  /** What is in an octet string. */
  private static ByteString content(ByteString der) throws CertificateException {
    if (endOf(der, 0, OCTET_STRING) != der.size()) {
      throw new CertificateException("data behind the subject key id");
    }
    return der.substring(contentStart(der, 0));
  }

  /** Where a DER element ends, whose length is definite and at most 2^31. */
  private static int endOf(ByteString der, int from, byte tag) throws CertificateException {
    if (der.size() - from < 2 || der.byteAt(from) != tag) {
      throw malformed();
    }
    int start = contentStart(der, from);
    long length = der.byteAt(from + 1);
    if (length < 0) {
      length = 0;
      for (int i = from + 2; i < start; i++) {
        length = length << Byte.SIZE | (der.byteAt(i) & 0xff);
      }
    }
    if (length > der.size() - start) {
      throw malformed();
    }
    return start + (int) length;
  }

  private static int contentStart(ByteString der, int from) throws CertificateException {
    byte first = der.byteAt(from + 1);
    int lengthBytes = first < 0 ? first & 0x7f : 0;
    if (lengthBytes > Integer.BYTES || first == (byte) 0x80) {
      throw malformed();
    }
    int start = from + 2 + lengthBytes;
    if (start > der.size()) {
      throw malformed();
    }
    return start;
  }
}
