package io.holdfast.datastore.spire;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.ItemTransaction;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/**
 * The events that tell which entries, or which nodes, have changed: one for each write of one, in
 * the same commit.
 *
 * <p>Their ids count up in the order in which the writes became visible; none is given twice.
 * Writers do not meet over them, since nobody counts when an event is written.
 */
public final class Events {
  private static final int KEY_BYTES = 12;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final EventLog<?> log;

  /**
   * An event.
   *
   * @param id its number (unsigned)
   * @param subject id of the entry, or SPIFFE ID of the node, that has changed
   */
  public record Event(long id, String subject) {}

  Events(EventLog<?> log) {
    this.log = log;
  }

  /** Records a change in the transaction that makes it. */
  void add(ItemTransaction tx, String subject) {
    log.add(tx, subject);
  }

  /** The key of a record whose number is known only when it is committed. */
  static String randomKey() {
    byte[] bytes = new byte[KEY_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The events between two ids, both exclusive and unsigned, in the order of their ids.
   *
   * @param greaterThan 0 for no bound
   * @param lessThan 0 for no bound; one of the two must be 0
   */
  public List<Event> list(Freshness freshness, long greaterThan, long lessThan) {
    if (greaterThan != 0 && lessThan != 0) {
      throw Refusal.unknown("datastore-sql: can't set both greater and less than event id");
    }
    return log.list(freshness, greaterThan, lessThan == 0 ? -1 : lessThan);
  }

  /** The event with an id; unlike others, it is {@code NOT_FOUND} if there is none. */
  public Event fetch(long id) {
    return log.fetch(id);
  }

  /**
   * Deletes the events that are older than this, up to the first that is not: where the clocks of
   * servers differ, some stay until the next time.
   */
  public void prune(Duration olderThan) {
    log.prune(olderThan);
  }
}
