package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.UUID;

/** The two keys that make a prefix a store: what it is, and its guard. Made once, by anyone. */
final class Foundation {
  private static final byte FORMAT = 1;
  private static final int BYTES = 1 + 2 * Long.BYTES;

  private final Keyspace keyspace;
  private final Layout layout;

  Foundation(Keyspace keyspace) {
    this.keyspace = keyspace;
    this.layout = keyspace.layout();
  }

  /** Opens the store, creating it below a prefix where nothing is. */
  void lay(Deadline deadline) {
    TxnResponse there = look(deadline);
    if (isEmpty(there)) {
      there = create(deadline);
    }
    RangeResponse store = there.getResponses(1).getResponseRange();
    if (store.getKvsCount() == 0 || there.getResponses(0).getResponseRange().getKvsCount() == 0) {
      throw new StoreException.Unusable(
          Reason.NOT_A_STORE,
          keyspace.settings() + ": other keys lie below the prefix; choose another one",
          null);
    }
    ByteString value = store.getKvs(0).getValue();
    check(value);
    keyspace.known().creation(value);
    keyspace.history().createdAt(store.getKvs(0).getCreateRevision());
    keyspace.history().guard(there);
  }

  /** Whether nothing is below the prefix yet. */
  boolean isMissing(Deadline deadline) {
    return isEmpty(look(deadline));
  }

  private TxnResponse look(Deadline deadline) {
    return ask(Ops.reads(Ops.get(layout.guard()), Ops.get(layout.store()), anything()), deadline);
  }

  private static boolean isEmpty(TxnResponse there) {
    return there.getResponses(2).getResponseRange().getCount() == 0;
  }

  private io.etcd.jetcd.api.RequestOp anything() {
    return Ops.op(Ops.range(layout.prefix(), layout.prefixEnd()).setCountOnly(true));
  }

  /** Whoever is first creates; asked twice, or by two, it is done once. */
  private TxnResponse create(Deadline deadline) {
    SecureRandom random = new SecureRandom();
    ByteString store = value(UUID.randomUUID());
    ByteString guard = Guard.value(random.nextLong(), Mark.CREATION);
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addCompare(Ops.empty(layout.prefix(), layout.prefixEnd()))
            .addSuccess(Ops.put(layout.store(), store))
            .addSuccess(Ops.put(layout.guard(), guard))
            .build();
    try {
      keyspace.members().ask(KVGrpc.getTxnMethod(), txn, "open", deadline);
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
    return ask(Ops.reads(Ops.get(layout.guard()), Ops.get(layout.store())), deadline);
  }

  private TxnResponse ask(TxnRequest reads, Deadline deadline) {
    try {
      return keyspace.members().read(reads, "open", deadline);
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
  }

  private static ByteString value(UUID incarnation) {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES).put(FORMAT);
    buffer.putLong(incarnation.getMostSignificantBits());
    buffer.putLong(incarnation.getLeastSignificantBits());
    return ByteString.copyFrom(buffer.flip());
  }

  private void check(ByteString value) {
    if (value.isEmpty() || value.byteAt(0) > FORMAT) {
      throw new StoreException.Unusable(
          Reason.NEWER_FORMAT,
          keyspace.settings() + ": a newer version wrote this store; use that version",
          null);
    }
    if (value.size() != BYTES) {
      throw new StoreException.Unusable(
          Reason.DAMAGED, keyspace.settings() + ": its key store is damaged", null);
    }
  }

  /** The store's id in an answer whose second part is about the key {@code store}. */
  static UUID incarnation(TxnResponse answer) {
    RangeResponse range = answer.getResponses(1).getResponseRange();
    if (range.getKvsCount() == 0 || range.getKvs(0).getValue().size() != BYTES) {
      throw new StoreException.Unusable(Reason.NOT_FOUND, "etcd: the store was deleted", null);
    }
    ByteBuffer buffer = range.getKvs(0).getValue().asReadOnlyByteBuffer().position(1);
    return new UUID(buffer.getLong(), buffer.getLong());
  }
}
