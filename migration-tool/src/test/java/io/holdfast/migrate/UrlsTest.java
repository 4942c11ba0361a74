package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which texts are URLs, as the parser of SPIRE's language said of each. */
final class UrlsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "https://example.org/bundle",
        "https://u:p@example.org:444/a%20b?q=1&r=%C3%BC#frag",
        "https://h:8443/x?q=%zz",
        "https://h/x#\u0001",
        "https://h/\u0085",
        "https://\u00e9/\u00e9",
        "https://h:/",
        "https://[::1]:80/",
        "https://[fe80::1%25e%20n]/",
        "https://u:p@h/",
        "https://u%41@h/",
        "https://h%c3%a9/",
        "https://h%25/",
        "a/b:c",
        "mailto:x%zz",
        "///h:x/",
        "a%41",
        "http://",
        "https://h<>/",
        "?a:b",
        "x://a:1,b:2/",
        "https://@/"
      })
  void isOne(String url) {
    assertTrue(Urls.isOne(url), url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://h:8443/x%zz",
        "https://h/x#%zz",
        "https://h/\u0001",
        "https://h/\u007f",
        "https://h:abc/",
        "https://[::1",
        "https://[::1]x/",
        "https://a b/",
        "https://u\"@h/",
        "https://u%zz@h/",
        "https://h%41/",
        "https://h\\/",
        "https://h{/",
        ":x",
        "1:x",
        "\u00e9:b",
        "a_b:c",
        "//h:x/",
        "/a%zz",
        "a%4",
        "https://h#f%4"
      })
  void isNone(String text) {
    assertFalse(Urls.isOne(text), text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://a:b:80/", "https://fe80::1/", "https://[nothing]/", "https://a[/"})
  void whatOnlyLaterReleasesRefuseIsOne(String url) {
    assertTrue(Urls.isOne(url), url);
  }
}
