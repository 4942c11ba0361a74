package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class RedactionTest {
  @Test
  void userInfoKeepsTheUser() {
    assertEquals(
        "cannot reach postgresql://me:***@db:5432/spire now",
        Redaction.of().apply("cannot reach postgresql://me:p@ss/w:rd@db:5432/spire now"));
  }

  @Test
  void optionsThatAreNoPasswordsStay() {
    assertEquals(
        "jdbc:postgresql://db/spire?user=me&password=***&ssl=true",
        Redaction.of().apply("jdbc:postgresql://db/spire?user=me&password=a%20b&ssl=true"));
    assertEquals(
        "mysql://db/x?password-file=/run/p",
        Redaction.of().apply("mysql://db/x?password-file=/run/p"));
  }

  @Test
  void passwordsOfKeyStoresAreHidden() {
    assertEquals(
        "jdbc:mysql://db/x?keyStore=/k.p12&keyStorePassword=***&trustStorePassword=***"
            + "&keyPassword=***",
        Redaction.of()
            .apply(
                "jdbc:mysql://db/x?keyStore=/k.p12&keyStorePassword=k&trustStorePassword=t"
                    + "&keyPassword=p"));
  }

  @Test
  void argumentsWithBlanksAreKnownWhole() {
    String url = "mysql://me:two words@db/x";
    assertEquals("at mysql://me:***@db/x", Redaction.of("--to=" + url).apply("at " + url));
  }

  @Test
  void jsonStaysJson() {
    assertEquals(
        "{\"source\":\"jdbc:mysql://db:1/x?password=***\",\"target\":\"pg://u:***@h/y\"}",
        Redaction.of()
            .apply("{\"source\":\"jdbc:mysql://db:1/x?password=p\",\"target\":\"pg://u:p@h/y\"}"));
  }

  @Test
  void passwordsWithQuotationMarksAreHiddenInJsonToo() {
    assertEquals(
        "{\"target\":\"pg://u:***@h/y\"}",
        Redaction.of("--to=pg://u:p\"w@h/y").apply("{\"target\":\"pg://u:p\\\"w@h/y\"}"));
  }

  @Test
  void textWithoutPasswordsIsUntouched() {
    for (String text : new String[] {"sqlite:/a:b@c.db", "mail me@example.org", "r12#ab: a/b:c"}) {
      assertEquals(text, Redaction.of(text).apply(text));
    }
  }
}
