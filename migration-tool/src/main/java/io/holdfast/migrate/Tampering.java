package io.holdfast.migrate;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.datastore.proto.Envelope;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.ItemKey;
import io.holdfast.store.KeyValue;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Changes an entry behind its store's back, with SQL on the store's file and no new revision. */
final class Tampering {
  private Tampering() {}

  /** Makes an entry an administrator's. */
  static void makeAdmin(Path storeFile, String entryId) throws SQLException {
    byte[] key = new ItemKey(SpireTypes.ENTRY.name(), entryId).toKey().toBytes();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + storeFile);
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT entry_value FROM holdfast_entries WHERE entry_key = ?");
        PreparedStatement update =
            connection.prepareStatement(
                "UPDATE holdfast_entries SET entry_value = ? WHERE entry_key = ?")) {
      select.setBytes(1, key);
      try (ResultSet row = select.executeQuery()) {
        StepFailedException.unless(row.next(), "the store has no row of the entry " + entryId);
        update.setBytes(1, asAdmin(row.getBytes(1)));
      }
      update.setBytes(2, key);
      StepFailedException.unless(
          update.executeUpdate() == 1, "the row of the entry " + entryId + " could not be changed");
    }
  }

  private static byte[] asAdmin(byte[] value) {
    Envelope envelope = envelope(ByteBuffer.wrap(value));
    RegistrationEntry admin = entry(envelope).toBuilder().setAdmin(true).build();
    return envelope.toBuilder().setRecord(admin.toByteString()).build().toByteArray();
  }

  /** The entry that a row holds. */
  static RegistrationEntry entry(KeyValue stored) {
    return entry(envelope(stored.valueBuffer()));
  }

  private static RegistrationEntry entry(Envelope envelope) {
    try {
      return RegistrationEntry.parseFrom(envelope.getRecord());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a row that holds no entry", e);
    }
  }

  private static Envelope envelope(ByteBuffer value) {
    try {
      return Envelope.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a row that holds no item", e);
    }
  }
}
