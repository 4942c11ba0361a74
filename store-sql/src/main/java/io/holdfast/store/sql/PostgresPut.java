package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Optional;

/**
 * A commit of one request that puts one key and proves nothing but its writer's last commit: what a
 * single thread mostly sends. The function for it takes half of the time.
 *
 * @param token what is left beside the revision
 */
record PostgresPut(Optional<Position> ownLast, Mutation write, long token) {
  /** SQLSTATE of what has to be tried by the function for all requests; nothing was written. */
  static final String REFUSED = "HF004";

  private static final String CALL = "SELECT {put_commit_1}(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

  /** The plan as such a commit, if it is one. */
  static Optional<PostgresPut> of(CommitPlan plan) {
    if (plan.requests().size() != 1) {
      return Optional.empty();
    }
    CommitRequest request = plan.requests().get(0);
    boolean simple =
        request.mutations().size() == 1
            && !request.mutations().get(0).isDelete()
            && request.bases().isEmpty()
            && request.conditions().isEmpty();
    return simple
        ? Optional.of(
            new PostgresPut(request.ownLast(), request.mutations().get(0), plan.tokens()[0]))
        : Optional.empty();
  }

  /** The call, with what it writes; the caller binds the first five, which are about the lane. */
  PreparedStatement prepare(Session session) throws SQLException {
    PreparedStatement call = session.prepare(session.sql().expand(CALL));
    if (ownLast.isPresent()) {
      call.setLong(6, ownLast.get().revision().number());
      call.setLong(7, ownLast.get().token());
    } else {
      call.setNull(6, Types.BIGINT);
      call.setNull(7, Types.BIGINT);
    }
    call.setLong(8, token);
    call.setBytes(9, write.key().toBytes());
    call.setBytes(10, write.value().orElseThrow());
    return call;
  }

  /** What the call has answered. */
  static Verdicts verdicts(ResultSet row) throws SQLException {
    long before = row.getLong(1);
    boolean watched = before < 0;
    return new Verdicts(Position.of(watched ? ~before : before, 0), List.of(), watched);
  }
}
