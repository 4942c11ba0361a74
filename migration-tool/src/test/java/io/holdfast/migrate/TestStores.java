package io.holdfast.migrate;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;

/** The stores that records can be kept in, each empty and of nobody else. */
enum TestStores {
  MEMORY {
    @Override
    String fresh(Path folder) {
      return "memory:" + UUID.randomUUID();
    }
  },
  SQLITE {
    @Override
    String fresh(Path folder) {
      return "sqlite:" + folder.resolve(UUID.randomUUID() + ".db");
    }
  },
  POSTGRESQL {
    @Override
    String fresh(Path folder) {
      return url("postgresql", Postgres.shared().freshDatabase());
    }
  },
  MARIADB {
    @Override
    String fresh(Path folder) {
      return url("mariadb", MariaDb.shared().freshDatabase());
    }
  },
  ETCD {
    @Override
    String fresh(Path folder) {
      Etcd etcd = Etcd.shared();
      return "etcd://" + etcd.endpoint().getAuthority() + etcd.freshPrefix();
    }
  };

  static String url(String scheme, Database database) {
    return "%s://%s:%s@%s:%d/%s"
        .formatted(
            scheme,
            database.user(),
            database.password(),
            database.host(),
            database.port(),
            database.name());
  }

  /** The URL of an empty store, which may hold a password. */
  abstract String fresh(Path folder);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
