package io.holdfast.datastore;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Files of warm starts hold index keys, which are trusted where types have the version that they
 * were made with. So whoever changes a key has to raise the version.
 */
final class SpireIndexVersionTest {
  private static final int ERA = 1;

  /** Of each type the version, and a digest of the index keys of the records below. */
  private static final Map<String, String> RECORDED =
      Map.of(
          "bundle", "3/1 602056f5452bcf67",
          "node", "3/1 80b608b236c0fff6",
          "node_selectors", "3/1 56d119c0f7645b93",
          "entry", "3/1 3973675082afcd57",
          "join_token", "3/1 a056fbe0191cf436",
          "federation", "3/1 d25b734b030a1f85",
          "ca_journal", "3/1 dd24a92915c84960",
          "entry_event", "3/1 ba122faa4de55f87",
          "node_event", "3/1 af3d7856812ef70e");

  private static Selector selector(String type, String value) {
    return Selector.newBuilder().setType(type).setValue(value).build();
  }

  private static final List<RegistrationEntry> ENTRIES =
      List.of(
          RegistrationEntry.newBuilder()
              .setEntryId("0b5d7b6e")
              .setParentId("spiffe://example.org/spire/agent/x509pop/1")
              .setSpiffeId("spiffe://example.org/workload")
              .addSelectors(selector("unix", "uid:1000"))
              .addSelectors(selector("k8s", "ns:ü\u0000x"))
              .addFederatesWith("spiffe://other.org")
              .addFederatesWith("spiffe://third.org")
              .addDnsNames("db.example.org")
              .setHint("internal")
              .setDownstream(true)
              .setEntryExpiry(1_900_000_000L)
              .build(),
          RegistrationEntry.newBuilder()
              .setEntryId("alias")
              .setParentId("spiffe://example.org/spire/server")
              .setSpiffeId("spiffe://example.org/alias")
              .addSelectors(selector("x509pop", "zone:a"))
              .addSelectors(selector("x509pop", "fingerprint:0123456789"))
              .build(),
          RegistrationEntry.newBuilder()
              .setEntryId("token")
              .setParentId("spiffe://example.org/spire/agent/join_token/7")
              .setSpiffeId("spiffe://example.org/by-token")
              .addSelectors(selector("spiffe_id", "spiffe://example.org/spire/agent/join_token/7"))
              .setHint("x".repeat(2000))
              .build(),
          RegistrationEntry.getDefaultInstance());

  private static final List<AttestedNode> NODES =
      List.of(
          AttestedNode.newBuilder()
              .setSpiffeId("spiffe://example.org/spire/agent/x509pop/1")
              .setAttestationDataType("x509pop")
              .setCertSerialNumber("1234")
              .setCertNotAfter(1_800_000_000L)
              .build(),
          AttestedNode.newBuilder().setSpiffeId("n").setCertNotAfter(-1).build());

  private static final List<NodeSelectors> SELECTORS =
      List.of(
          NodeSelectors.newBuilder()
              .setSpiffeId("spiffe://example.org/spire/agent/x509pop/1")
              .addSelectors(selector("x509pop", "zone:a"))
              .addSelectors(selector("x509pop", "zone:a"))
              .addSelectors(selector("", "b"))
              .build());

  private static Map<String, String> versions() {
    Map<String, String> found = new TreeMap<>();
    put(SpireTypes.ENTRY, ENTRIES, found);
    put(SpireTypes.NODE, NODES, found);
    put(SpireTypes.NODE_SELECTORS, SELECTORS, found);
    put(SpireTypes.BUNDLE, List.of(Bundle.newBuilder().setTrustDomainId("b").build()), found);
    put(
        SpireTypes.JOIN_TOKEN,
        List.of(JoinToken.newBuilder().setToken("secret").setExpiry(17).build()),
        found);
    put(
        SpireTypes.FEDERATION,
        List.of(FederationRelationship.newBuilder().setTrustDomain("other.org").build()),
        found);
    put(
        SpireTypes.CA_JOURNAL,
        List.of(
            CAJournal.newBuilder()
                .setId(9)
                .setData(ByteString.copyFromUtf8("data"))
                .setActiveX509AuthorityId("authority")
                .build()),
        found);
    put(
        SpireTypes.ENTRY_EVENT,
        List.of(RegistrationEntryEvent.newBuilder().setEventId(3).setEntryId("e").build()),
        found);
    put(
        SpireTypes.NODE_EVENT,
        List.of(AttestedNodeEvent.newBuilder().setKey("k").setSpiffeId("n").build()),
        found);
    return found;
  }

  private static <M extends MessageLite> void put(
      ItemType<M> type, List<M> records, Map<String, String> to) {
    List<String> keys = new ArrayList<>();
    int position = 0;
    for (M record : records) {
      addKeys(type, record, Item.encode(record, position++), keys);
      addKeys(type, record, Item.encode(record, new CreationOrder(0, 77, position)), keys);
    }
    String version = Item.KEYS_VERSION + "/" + type.indexVersion();
    to.put(type.name(), version + " " + digest(String.join("\n", keys)));
  }

  private static <M extends MessageLite> void addKeys(
      ItemType<M> type, M record, byte[] value, List<String> to) {
    Key key = type.keyOf(type.idOf(record));
    Item<M> item = Item.decode(type, ERA, KeyValue.adopt(key, value, 1000, 2000));
    to.add("creation " + hex(item.keyInCreationOrder()));
    for (Index<M> index : type.indexes()) {
      if (index.isInMemory()) {
        Set<String> sorted = new TreeSet<>();
        item.keysIn(index).forEach(one -> sorted.add(hex(one)));
        to.add(index.name() + " " + sorted);
      }
    }
  }

  private static String hex(Key key) {
    return HexFormat.of().formatHex(key.toBytes());
  }

  private static String digest(String text) {
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sum, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whoChangesIndexKeysRaisesTheVersionToo() {
    assertEquals(
        new TreeMap<>(RECORDED),
        versions(),
        "index keys of a SPIRE type have changed. Files of warm starts hold the old ones: raise"
            + " the type's indexVersion in SpireTypes (or Item.KEYS_VERSION, if keys of all types"
            + " have another form) by one, and then record what this test found");
  }

  @Test
  void everyTypeHasAVersionSoThatAWarmStartCanTrustItsFile() {
    assertEquals(
        Collections.emptyList(),
        SpireTypes.all().stream().filter(type -> type.indexVersion() == 0).toList());
    assertEquals(RECORDED.size(), SpireTypes.all().size());
  }
}
