package io.holdfast.migrate;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
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
      Database database = Postgres.shared().freshDatabase();
      return "postgresql://%s:%s@%s:%d/%s"
          .formatted(
              database.user(),
              database.password(),
              database.host(),
              database.port(),
              database.name());
    }
  },
  ETCD {
    @Override
    String fresh(Path folder) {
      Etcd etcd = Etcd.shared();
      return "etcd://" + etcd.endpoint().getAuthority() + etcd.freshPrefix();
    }
  };

  /** The URL of an empty store, which may hold a password. */
  abstract String fresh(Path folder);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
