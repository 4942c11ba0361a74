package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.AlarmMember;
import io.etcd.jetcd.api.AlarmRequest;
import io.etcd.jetcd.api.AuthEnableRequest;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthRoleAddRequest;
import io.etcd.jetcd.api.AuthRoleGrantPermissionRequest;
import io.etcd.jetcd.api.AuthUserAddRequest;
import io.etcd.jetcd.api.AuthUserGrantRoleRequest;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.DefragmentRequest;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.Permission;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.StatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.holdfast.testbed.Etcd;
import java.util.concurrent.TimeUnit;

/** Does to a server what its administrator, or somebody else, would do. */
final class EtcdAdmin implements AutoCloseable {
  private final ManagedChannel channel;

  EtcdAdmin(Etcd etcd) {
    channel =
        NettyChannelBuilder.forAddress(etcd.endpoint().getHost(), etcd.endpoint().getPort())
            .usePlaintext()
            .build();
  }

  /** A write of somebody else; returns its revision. */
  long put(String key, String value) {
    PutRequest put =
        PutRequest.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8(value))
            .build();
    return KVGrpc.newBlockingStub(channel).put(put).getHeader().getRevision();
  }

  /** How many keys begin like this; with a slash at the end. */
  long count(String begin) {
    ByteString start = ByteString.copyFromUtf8(begin);
    RangeRequest all =
        RangeRequest.newBuilder()
            .setKey(start)
            .setRangeEnd(Layout.endOf(start))
            .setCountOnly(true)
            .build();
    return KVGrpc.newBlockingStub(channel).range(all).getCount();
  }

  /** Deletes what begins like this; with a slash at the end. */
  void delete(String begin) {
    ByteString start = ByteString.copyFromUtf8(begin);
    DeleteRangeRequest all =
        DeleteRangeRequest.newBuilder().setKey(start).setRangeEnd(Layout.endOf(start)).build();
    KVGrpc.newBlockingStub(channel).deleteRange(all);
  }

  void compact(long revision) {
    CompactionRequest request =
        CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build();
    KVGrpc.newBlockingStub(channel).compact(request);
  }

  long revision() {
    RangeRequest any = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("x")).build();
    return KVGrpc.newBlockingStub(channel).range(any).getHeader().getRevision();
  }

  boolean isLeader() {
    var status =
        MaintenanceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .status(StatusRequest.getDefaultInstance());
    return status.getLeader() == status.getHeader().getMemberId();
  }

  /** Makes room and lifts the alarm. */
  void disarm() {
    compact(revision());
    var maintenance = MaintenanceGrpc.newBlockingStub(channel);
    maintenance.defragment(DefragmentRequest.getDefaultInstance());
    AlarmRequest.Builder question =
        AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.GET);
    for (AlarmMember alarm : maintenance.alarm(question.build()).getAlarmsList()) {
      maintenance.alarm(
          AlarmRequest.newBuilder()
              .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
              .setMemberID(alarm.getMemberID())
              .setAlarm(alarm.getAlarm())
              .build());
    }
  }

  /** Turns passwords on: root, and a user who may read and write below a prefix only. */
  void enableAuth(String user, String password, String prefix) {
    var auth = AuthGrpc.newBlockingStub(channel);
    for (String name : new String[] {"root", user}) {
      auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(password).build());
      auth.roleAdd(AuthRoleAddRequest.newBuilder().setName(name).build());
      auth.userGrantRole(AuthUserGrantRoleRequest.newBuilder().setUser(name).setRole(name).build());
    }
    ByteString begin = ByteString.copyFromUtf8(prefix);
    auth.roleGrantPermission(
        AuthRoleGrantPermissionRequest.newBuilder()
            .setName(user)
            .setPerm(
                Permission.newBuilder()
                    .setPermType(Permission.Type.READWRITE)
                    .setKey(begin)
                    .setRangeEnd(Layout.endOf(begin)))
            .build());
    auth.authEnable(AuthEnableRequest.getDefaultInstance());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
