package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.MySql;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** One MariaDB or MySQL server behind a proxy. */
final class MySqlRig implements Rig {
  private final String scheme;
  private final Database database;
  private final List<Fault> ofTheServer;
  private final Runnable end;
  private final FaultProxy proxy;
  private final SplittableRandom random;

  private MySqlRig(
      String scheme,
      Database database,
      List<Fault> ofTheServer,
      Runnable end,
      SplittableRandom random) {
    this.scheme = scheme;
    this.database = database;
    this.ofTheServer = ofTheServer;
    this.end = end;
    this.random = random;
    proxy = FaultProxy.to(database.host(), database.port());
  }

  static MySqlRig mariaDb(SplittableRandom random) {
    MariaDb server = MariaDb.start();
    List<Fault> faults =
        ServerFaults.of("MariaDB", server::kill9, server::restart, server::pause, server::resume);
    return new MySqlRig("mariadb", server.freshDatabase(), faults, server::close, random);
  }

  static MySqlRig mySql(SplittableRandom random) {
    MySql server = MySql.start();
    List<Fault> faults =
        ServerFaults.of("MySQL", server::kill9, server::restart, server::pause, server::resume);
    return new MySqlRig("mysql", server.freshDatabase(), faults, server::close, random);
  }

  @Override
  public String url() {
    return SqlUrls.of(scheme, database, "127.0.0.1:" + proxy.port());
  }

  @Override
  public String directUrl() {
    return SqlUrls.direct(scheme, database);
  }

  @Override
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>(ofTheServer);
    faults.addAll(new NetworkFaults(List.of(proxy), random.split()).all());
    return faults;
  }

  @Override
  public String version() {
    return SqlUrls.version(database);
  }

  @Override
  public void close() {
    proxy.close();
    end.run();
  }
}
