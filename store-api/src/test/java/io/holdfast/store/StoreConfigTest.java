package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("H6")
final class StoreConfigTest {
  private static StoreException.Unusable assertUnusable(Executable call) {
    StoreException.Unusable error = assertThrows(StoreException.Unusable.class, call);
    assertEquals(StoreException.Reason.URL, error.reason());
    assertFalse(error.getMessage().contains("s3cret"), error.getMessage());
    return error;
  }

  @Test
  void aUrlIsSchemeTargetAndOptions() {
    StoreConfig config = StoreConfig.of("SQLite:data/shop.db?timeout=250ms&history-commits=7");
    assertEquals("sqlite", config.scheme());
    assertEquals("data/shop.db", config.target());
    assertEquals(Duration.ofMillis(250), config.timeout());
    assertEquals(7, config.historyCommits());
    assertEquals(Optional.empty(), config.user());
    assertEquals(Optional.empty(), config.password());
  }

  @Test
  void optionsAreDecodedAndTheTargetIsNot() {
    StoreConfig config = StoreConfig.of("memory:a%20b+c?x=a%20b+c%26%3D");
    assertEquals("a%20b+c", config.target());
    assertEquals(Optional.of("a b+c&="), config.option("x"));
  }

  @Test
  void whatIsNotGivenHasADefault() {
    StoreConfig config = StoreConfig.of("memory:x");
    assertEquals(Duration.ofSeconds(10), config.timeout());
    assertEquals(Duration.ofHours(1), config.historyAge());
    assertEquals(1_000_000, config.historyCommits());
    assertEquals(Optional.empty(), config.option("other"));
    assertEquals(5, config.integer("other", 5, 1, 9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "shop.db", ":memory", "1a:x", "a b:x", "s3cret@host:x"})
  void whatIsNoUrlIsRefusedAndNotRepeated(String url) {
    assertUnusable(() -> StoreConfig.of(url));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"memory:x?", "memory:x?a", "memory:x?=1", "memory:x?a=%zz", "memory:x?a=1&a=2"})
  void wrongOptionsAreRefused(String url) {
    assertUnusable(() -> StoreConfig.of(url));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "5d", "-5s", "s", "1.5s", "9999999999s", ""})
  void wrongDurationsNameTheOption(String text) {
    StoreConfig config = StoreConfig.of("memory:x").with("timeout", text);
    assertTrue(assertUnusable(config::timeout).getMessage().contains("timeout"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0ms", "0s", "0h"})
  void aTimeoutThatLeavesNoTimeIsRefused(String text) {
    StoreConfig config = StoreConfig.of("memory:x").with("timeout", text);
    assertTrue(assertUnusable(config::timeout).getMessage().contains("timeout"));
    assertUnusable(() -> Store.open("memory:x?timeout=" + text).close());
  }

  @Test
  void longDurationsThatAreGivenAsSuchAreTaken() {
    StoreConfig config = StoreConfig.of("memory:x");
    for (Duration age :
        new Duration[] {
          Duration.ofMillis(999_999_999), Duration.ofDays(30), Duration.ofDays(100_000)
        }) {
      assertEquals(age, config.withHistoryAge(age).historyAge());
      assertEquals(age, config.withTimeout(age).timeout());
    }
    Duration longest = config.withTimeout(Duration.ofSeconds(Long.MAX_VALUE)).timeout();
    assertEquals(Duration.ofHours(999_999_999), longest);
  }

  @Test
  void durationsHaveUnits() {
    StoreConfig config = StoreConfig.of("memory:x?a=250ms&b=5s&c=2m&d=1h");
    assertEquals(Duration.ofMillis(250), config.duration("a", Duration.ZERO));
    assertEquals(Duration.ofSeconds(5), config.duration("b", Duration.ZERO));
    assertEquals(Duration.ofMinutes(2), config.duration("c", Duration.ZERO));
    assertEquals(Duration.ofHours(1), config.duration("d", Duration.ZERO));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10", "x", "", "99999999999999999999"})
  void integersHaveBounds(String text) {
    StoreConfig config = StoreConfig.of("memory:x").with("n", text);
    String message = assertUnusable(() -> config.integer("n", 5, 1, 9)).getMessage();
    assertTrue(message.contains("from 1 to 9"), message);
  }

  @Test
  void settingsMakeANewConfiguration() {
    StoreConfig one = StoreConfig.of("memory:x");
    StoreConfig other =
        one.withTimeout(Duration.ofSeconds(3))
            .withHistoryAge(Duration.ofMinutes(4))
            .withHistoryCommits(5);
    assertEquals(Duration.ofSeconds(3), other.timeout());
    assertEquals(Duration.ofMinutes(4), other.historyAge());
    assertEquals(5, other.historyCommits());
    assertEquals(Duration.ofSeconds(10), one.timeout());
  }

  @Test
  void aPasswordIsNeverShown() {
    StoreConfig config = StoreConfig.of("postgresql://ann:s3cret%40@db:5432/shop?x=s3cret");
    assertEquals(Optional.of("ann"), config.user());
    assertEquals(Optional.of("s3cret@"), config.password());
    assertEquals("//db:5432/shop", config.target());
    assertEquals("postgresql://ann@db:5432/shop", config.toString());
    assertUnusable(() -> config.integer("x", 1, 1, 9));
    assertUnusable(() -> config.rejectUnknownOptions(Set.of()));
    assertUnusable(() -> config.with("timeout", "s3cret").timeout());
  }

  @Test
  void aPasswordCanComeFromAFile(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "s3cret\n");
    StoreConfig config = StoreConfig.of("mysql://ann@db/shop").with("password-file", "" + file);
    assertEquals(Optional.of("s3cret"), config.password());
    StoreConfig missing = config.with("password-file", folder.resolve("none").toString());
    assertTrue(assertUnusable(missing::password).getMessage().contains("none"));
  }

  @Test
  void aPasswordCanComeFromTheEnvironment() {
    String name = System.getenv().keySet().stream().sorted().findFirst().orElseThrow();
    StoreConfig config = StoreConfig.of("mysql://ann@db/shop").with("password-env", name);
    assertEquals(Optional.of(System.getenv(name)), config.password());
    StoreConfig missing = config.with("password-env", "HOLDFAST_NOT_SET");
    assertTrue(assertUnusable(missing::password).getMessage().contains("HOLDFAST_NOT_SET"));
  }

  @Test
  void twoPasswordsAreOneTooMany() {
    StoreConfig config = StoreConfig.of("mysql://ann:s3cret@db/shop").with("password-env", "HOME");
    assertUnusable(config::password);
    assertEquals(
        Optional.of("other"),
        StoreConfig.of("mysql://ann@db/shop").withPassword("other").password());
  }

  @Test
  void unknownOptionsAreNamedWithThoseThatAreKnown() {
    StoreConfig config = StoreConfig.of("memory:x?timeout=1s&mine=1&colour=red");
    config.with("colour", "red").rejectUnknownOptions(Set.of("mine", "colour"));
    String message = assertUnusable(() -> config.rejectUnknownOptions(Set.of("mine"))).getMessage();
    assertTrue(message.contains("colour") && message.contains("history-age"), message);
    assertTrue(message.startsWith("memory:x"), message);
  }

  @Test
  void aPasswordIsNotShownThoughASlashIsMissing() {
    for (String start : List.of("etcd:/", "etcd:", "postgresql:/")) {
      String shown = StoreConfig.of(start + "ann:s3cret@db:1/shop").toString();
      assertFalse(shown.contains("s3cret"), shown);
      assertTrue(shown.startsWith(start + "ann") && shown.endsWith("@db:1/shop"), shown);
    }
    assertEquals("sqlite:a@b/c:d.db", StoreConfig.of("sqlite:a@b/c:d.db").toString());
  }
}
