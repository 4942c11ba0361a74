package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.MariaDb;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One MariaDB server behind a proxy. */
final class MariaDbRig implements Rig {
  private final MariaDb server = MariaDb.start();
  private final Database database = server.freshDatabase();
  private final FaultProxy proxy = FaultProxy.to(database.host(), database.port());
  private final SplittableRandom random;

  MariaDbRig(SplittableRandom random) {
    this.random = random;
  }

  @Override
  public String url() {
    return SqlUrls.of("mariadb", database, "127.0.0.1:" + proxy.port());
  }

  @Override
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    faults.addAll(new NetworkFaults(List.of(proxy), random.split()).all());
    faults.addAll(
        ServerFaults.of("MariaDB", server::kill9, server::restart, server::pause, server::resume));
    return faults;
  }

  @Override
  public String version() {
    return SqlUrls.version(server.admin());
  }

  @Override
  public void close() {
    proxy.close();
    server.close();
  }
}
