package io.holdfast.migrate;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.ZoneId;

/** One read transaction on a legacy database, wherever that is kept. */
interface LegacySource extends AutoCloseable {
  /** The connection with the transaction; nobody else uses it. */
  Connection connection();

  /** How its SQL is put. */
  LegacyDialect dialect();

  /** The zone of times that name none. */
  ZoneId zone();

  /** The database for messages, without credentials. */
  String name();

  /** Throws if the database changed although it was taken to be at rest. */
  void checkUnchanged();

  /** Ends the transaction and begins another one, which sees the state of now. */
  void renew();

  /** Puts an error of the database into our words. */
  MigrationException failure(SQLException e);

  @Override
  void close();
}
