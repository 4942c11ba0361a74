package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.Postgres;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One PostgreSQL server behind a proxy. */
final class PostgresRig implements Rig {
  private final Postgres server = Postgres.start();
  private final Database database = server.freshDatabase();
  private final FaultProxy proxy = FaultProxy.to(database.host(), database.port());
  private final SplittableRandom random;

  PostgresRig(SplittableRandom random) {
    this.random = random;
  }

  @Override
  public String url() {
    return SqlUrls.of("postgresql", database, "127.0.0.1:" + proxy.port());
  }

  @Override
  public String directUrl() {
    return SqlUrls.direct("postgresql", database);
  }

  @Override
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    faults.addAll(new NetworkFaults(List.of(proxy), random.split()).all());
    faults.addAll(
        ServerFaults.of(
            "PostgreSQL", server::kill9, server::restart, server::pause, server::resume));
    FrozenBackends backends = new FrozenBackends(server.admin(), database.name(), random.split());
    faults.addAll(backends.faults());
    faults.addAll(backends.faults()); // the rarest harm is what the lanes are for
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
