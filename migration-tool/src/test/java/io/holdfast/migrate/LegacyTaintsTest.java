package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.OLD_TAINT;
import static io.holdfast.migrate.LegacyReport.Dirt.OLD_TAINT_OF_NO_ROOT;
import static io.holdfast.migrate.LegacyTable.BUNDLES;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.Certificate;
import io.holdfast.datastore.proto.PublicKey;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle of SPIRE 1.7.6 has four roots, of which the first is listed as tainted. */
final class LegacyTaintsTest {
  private static final ByteString NO_ROOTS_KEY = ByteString.copyFromUtf8("a key of nobody");
  private static final PublicKey GENUINE =
      PublicKey.newBuilder().setKid("wit").setPkixBytes(NO_ROOTS_KEY).setNotAfter(5).build();

  @TempDir Path folder;
  private Path database;
  private LegacyReport report;

  @BeforeEach
  void unpack() throws Exception {
    database = LegacyFixture.unpack("spire-1.7.6", folder);
  }

  /** Changes the stored bundle, and reads it as the migration does. */
  private Bundle readAfter(UnaryOperator<Bundle.Builder> change) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        PreparedStatement update =
            connection.prepareStatement("UPDATE bundles SET data = ? WHERE id = 1")) {
      try (ResultSet row = statement.executeQuery("SELECT data FROM bundles WHERE id = 1")) {
        row.next();
        Bundle.Builder stored = Bundle.parseFrom(row.getBytes(1)).toBuilder();
        assertEquals(List.of(""), kids(stored.build()));
        update.setBytes(1, change.apply(stored).build().toByteArray());
      }
      update.executeUpdate();
    }
    Bundle[] bundle = new Bundle[1];
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      report =
          source.read(
              record -> {
                if (record.table() == BUNDLES && record.rowId() == 1) {
                  bundle[0] = (Bundle) record.message();
                }
              });
    }
    return bundle[0];
  }

  private static List<String> kids(Bundle bundle) {
    return bundle.getWitSigningKeysList().stream().map(PublicKey::getKid).toList();
  }

  private static List<Integer> tainted(Bundle bundle) {
    return IntStream.range(0, bundle.getRootCasCount())
        .filter(i -> bundle.getRootCas(i).getTaintedKey())
        .boxed()
        .toList();
  }

  @Test
  void marksTheRootAndKeepsNoFalseKey() throws Exception {
    Bundle[] before = new Bundle[1];
    Bundle after =
        readAfter(
            stored -> {
              before[0] = stored.build();
              return stored;
            });
    Bundle.Builder expected = before[0].toBuilder().clearWitSigningKeys();
    expected.getRootCasBuilder(0).setTaintedKey(true);
    assertEquals(expected.build(), after);
    assertEquals(1, report.count(BUNDLES, OLD_TAINT));
    assertEquals(63, report.skipped());
  }

  @Test
  void keepsGenuineKeys() throws Exception {
    PublicKey expiring = GENUINE.toBuilder().clearKid().build();
    Bundle after =
        readAfter(stored -> stored.addWitSigningKeys(0, GENUINE).addWitSigningKeys(expiring));
    assertEquals(List.of(GENUINE, expiring), after.getWitSigningKeysList());
    assertEquals(List.of(0), tainted(after));
    assertEquals(0, report.count(BUNDLES, OLD_TAINT_OF_NO_ROOT));
  }

  @Test
  void dropsAKeyThatNoRootHas() throws Exception {
    PublicKey nobodys = PublicKey.newBuilder().setPkixBytes(NO_ROOTS_KEY).build();
    Bundle after = readAfter(stored -> stored.addWitSigningKeys(nobodys));
    assertEquals(List.of(), after.getWitSigningKeysList());
    assertEquals(List.of(0), tainted(after));
    assertEquals(1, report.count(BUNDLES, OLD_TAINT));
    assertEquals(1, report.count(BUNDLES, OLD_TAINT_OF_NO_ROOT));
  }

  @Test
  void findsTheRootBesideUnreadableOnesAndWithinSeveralCertificates() throws Exception {
    Bundle after =
        readAfter(
            stored -> {
              ByteString listed = stored.getRootCas(0).getDerBytes();
              ByteString other = stored.getRootCas(1).getDerBytes();
              return stored
                  .setRootCas(0, Certificate.newBuilder().setDerBytes(NO_ROOTS_KEY))
                  .addRootCas(Certificate.getDefaultInstance())
                  .addRootCas(Certificate.newBuilder().setDerBytes(other.concat(listed)));
            });
    assertEquals(List.of(5), tainted(after));
    assertEquals(6, after.getRootCasCount());
    assertEquals(0, report.count(BUNDLES, OLD_TAINT_OF_NO_ROOT));
  }
}
