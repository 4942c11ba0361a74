package io.holdfast.store.sql;

import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.Optional;
import java.util.UUID;

/**
 * A row through which it can be found out what became of a commit.
 *
 * <p>It belongs to one writer, has a random id and carries one commit at a time. Every commit
 * advances it in its own transaction, and only if it stands where the writer left it. Who must find
 * out what became of a commit advances it as well: whoever of the two was first has decided, and
 * the other one can no longer happen, also if a frozen server goes on with it much later. The row
 * holds what the last winner was, so an answer that is lost can be asked for again, whatever was
 * trimmed.
 */
final class Lane {
  private final byte[] id;
  private long sequence;

  private Lane(byte[] id) {
    this.id = id;
  }

  /** What the row says of a commit that happened: the revision before, and whose requests won. */
  record Winner(long before, BitSet succeeded) {}

  /** A new row. */
  static Lane create(Session session, long now) throws SQLException {
    UUID random = UUID.randomUUID();
    byte[] id =
        ByteBuffer.allocate(16)
            .putLong(random.getMostSignificantBits())
            .putLong(random.getLeastSignificantBits())
            .array();
    PreparedStatement insert = session.prepare(session.sql().createLane);
    insert.setBytes(1, id);
    insert.setLong(2, now);
    insert.executeUpdate();
    return new Lane(id);
  }

  byte[] id() {
    return id.clone();
  }

  /** Where the writer left the row. */
  long sequence() {
    return sequence;
  }

  /** A commit was answered: it has advanced the row. */
  void advance() {
    sequence++;
  }

  /**
   * Decides what became of the commit with this token, in a transaction of the caller: the answer
   * counts once that is committed. Locks only this row.
   *
   * @return the commit, or empty if it did not happen and never will
   * @throws LaneGone if there is no row, which says nothing about the commit
   */
  Optional<Winner> decide(Session session, long token) throws SQLException {
    PreparedStatement query = session.prepare(session.sql().lockLane);
    query.setBytes(1, id);
    Optional<Winner> winner;
    long found;
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw new LaneGone();
      }
      found = row.getLong(1);
      boolean happened = row.getLong(2) == token && !row.wasNull();
      winner =
          happened
              ? Optional.of(new Winner(row.getLong(3), bits(row.getBytes(4))))
              : Optional.empty();
    }
    PreparedStatement advance = session.prepare(session.sql().advanceLane);
    advance.setBytes(1, id);
    advance.executeUpdate();
    sequence = found + 1;
    return winner;
  }

  private static BitSet bits(byte[] bytes) {
    BitSet bits = new BitSet(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      bits.set(i, bytes[i] != 0);
    }
    return bits;
  }

  /** The row is not there. */
  static final class LaneGone extends SQLException {
    private static final long serialVersionUID = 1;

    LaneGone() {
      super("the writer's lane is gone");
    }
  }

  /** Removes the row of a writer that has ended. */
  void remove(Session session) throws SQLException {
    PreparedStatement delete = session.prepare(session.sql().removeLane);
    delete.setBytes(1, id);
    delete.executeUpdate();
  }
}
