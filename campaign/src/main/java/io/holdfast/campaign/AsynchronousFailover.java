package io.holdfast.campaign;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.PostgresPair;

/**
 * PostgreSQL with a replica that nobody waits for: it is away when commits are acknowledged, the
 * primary dies, and the replica takes over without them.
 */
final class AsynchronousFailover implements Fork.Servers {
  private final PostgresPair pair = PostgresPair.startAsynchronous();
  private final Database database = pair.primary().freshDatabase();

  @Override
  public String url() {
    return SqlUrls.of(
        "postgresql",
        database,
        "127.0.0.1:%d,127.0.0.1:%d"
            .formatted(pair.primary().admin().port(), pair.replica().admin().port()));
  }

  @Override
  public void keep() {
    pair.replica().kill9();
  }

  @Override
  public void lose() {
    pair.primary().kill9();
    pair.replica().restart();
    pair.promote();
  }

  @Override
  public void close() {
    pair.close();
  }
}
