package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;

/** Pieces of etcd's transactions. */
final class Ops {
  private Ops() {}

  static RequestOp get(ByteString key) {
    return op(RangeRequest.newBuilder().setKey(key));
  }

  /** The key as it was at a revision. */
  static RequestOp get(ByteString key, long revision) {
    return op(RangeRequest.newBuilder().setKey(key).setRevision(revision));
  }

  static RangeRequest.Builder range(ByteString start, ByteString end) {
    return RangeRequest.newBuilder().setKey(start).setRangeEnd(end);
  }

  static RequestOp op(RangeRequest.Builder range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  static RequestOp put(ByteString key, ByteString value) {
    PutRequest put = PutRequest.newBuilder().setKey(key).setValue(value).build();
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  static RequestOp delete(ByteString key) {
    DeleteRangeRequest delete = DeleteRangeRequest.newBuilder().setKey(key).build();
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  static RequestOp delete(ByteString start, ByteString end) {
    DeleteRangeRequest delete =
        DeleteRangeRequest.newBuilder().setKey(start).setRangeEnd(end).build();
    return RequestOp.newBuilder().setRequestDeleteRange(delete).build();
  }

  /** Reads at one moment: a transaction without conditions. */
  static TxnRequest reads(RequestOp... reads) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (RequestOp read : reads) {
      txn.addSuccess(read);
    }
    return txn.build();
  }

  static Compare valueIs(ByteString key, ByteString value) {
    return compare(key, Compare.CompareTarget.VALUE, Compare.CompareResult.EQUAL)
        .setValue(value)
        .build();
  }

  static Compare modifiedAt(ByteString key, long revision) {
    return compare(key, Compare.CompareTarget.MOD, Compare.CompareResult.EQUAL)
        .setModRevision(revision)
        .build();
  }

  static Compare exists(ByteString key) {
    return compare(key, Compare.CompareTarget.CREATE, Compare.CompareResult.GREATER)
        .setCreateRevision(0)
        .build();
  }

  static Compare absent(ByteString key) {
    return compare(key, Compare.CompareTarget.CREATE, Compare.CompareResult.EQUAL)
        .setCreateRevision(0)
        .build();
  }

  static Compare empty(ByteString start, ByteString end) {
    return compare(start, Compare.CompareTarget.CREATE, Compare.CompareResult.EQUAL)
        .setCreateRevision(0)
        .setRangeEnd(end)
        .build();
  }

  /** Nothing in the range was written above the revision; says nothing about deletions. */
  static Compare notWrittenAbove(ByteString start, ByteString end, long revision) {
    return compare(start, Compare.CompareTarget.MOD, Compare.CompareResult.LESS)
        .setModRevision(revision + 1)
        .setRangeEnd(end)
        .build();
  }

  private static Compare.Builder compare(
      ByteString key, Compare.CompareTarget target, Compare.CompareResult result) {
    return Compare.newBuilder().setKey(key).setTarget(target).setResult(result);
  }
}
