package io.holdfast.migrate;

import io.holdfast.store.StoreConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Whether a store lies in the database that it is to be filled from. It could, beside other tables;
 * but a source is never written to. Goes by names: two names of one server are not seen through.
 */
final class SameDatabase {
  private SameDatabase() {}

  /** Refuses a target that is the source. */
  static void refuse(String jdbcUrl, String storeUrl, String target) {
    if (is(jdbcUrl, StoreConfig.of(storeUrl))) {
      throw new MigrationException(
          MigrationException.Kind.TARGET_UNUSABLE,
          target + " is the source itself, which is never written to: name another place");
    }
  }

  static boolean is(String jdbcUrl, StoreConfig store) {
    LegacyDialect dialect = LegacyDialect.of(jdbcUrl);
    return switch (dialect) {
      case SQLITE ->
          store.scheme().equals("sqlite")
              && isSameFile(jdbcUrl.substring(dialect.urlPrefix().length()), store.target());
      case POSTGRESQL -> store.scheme().equals("postgresql") && meet(jdbcUrl, store, 5432);
      case MYSQL ->
          Set.of("mysql", "mariadb").contains(store.scheme()) && meet(jdbcUrl, store, 3306);
    };
  }

  private static boolean isSameFile(String one, String other) {
    try {
      return Files.isSameFile(Path.of(one), Path.of(other));
    } catch (IOException | InvalidPathException e) {
      return false; // Not there yet, or nothing that the store will open.
    }
  }

  /** Whether a host of both has a database of both. */
  private static boolean meet(String jdbcUrl, StoreConfig store, int port) {
    String address = LegacyServer.nameOf(jdbcUrl).replaceFirst("^jdbc:[^/]*", "");
    Set<String> places = places(address, port);
    places.retainAll(places(store.target(), port));
    return !places.isEmpty();
  }

  /** Each host with port and database; none if the address is written in another way. */
  private static Set<String> places(String address, int port) {
    if (!address.matches("//[^/]+/.+")) {
      return new HashSet<>();
    }
    int slash = address.indexOf('/', 2);
    String database = address.substring(slash + 1);
    Set<String> places = new HashSet<>();
    Arrays.stream(address.substring(2, slash).toLowerCase(Locale.ROOT).split(","))
        .map(host -> host.matches(".*:\\d+") ? host : host + ":" + port)
        .forEach(host -> places.add(host + "/" + database));
    return places;
  }
}
