package io.holdfast.migrate;

import com.google.protobuf.ByteString;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.PublicKey;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.SpireTypes;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * A made-up fleet as SPIRE keeps one: agents on the nodes of Kubernetes clusters and the workloads
 * of each. The same numbers and seed give the same fleet, byte for byte. Nothing of it is held.
 *
 * @param agents how many
 * @param entriesPerAgent registration entries below each
 * @param seed of all that looks random
 */
record Fleet(int agents, int entriesPerAgent, long seed) {
  private static final String TRUST_DOMAIN = "spiffe://fleet.example";
  private static final int PARTNERS = 5;
  private static final int NODES_PER_CLUSTER = 250;
  private static final long CREATED = 1_750_000_000L;
  private static final long VALID_UNTIL = 2_713_910_400L; // 2056
  private static final int KEY_BYTES = 91; // of an EC P-256 key
  private static final List<String> NAMESPACES =
      List.of(
          "default", "payments", "search", "billing", "identity", "ingest", "web", "kube-system");
  private static final List<String> APPS =
      List.of("api", "worker", "gateway", "cache", "indexer", "scheduler", "mailer", "frontend");

  /** Hands out every item: bundles, then each agent with its selectors and its entries. */
  void forEach(Consumer<SpireItem<?>> items) {
    for (int i = 0; i <= PARTNERS; i++) {
      items.accept(new SpireItem<>(SpireTypes.BUNDLE, i + 1, bundle(i)));
    }
    long base = new SplittableRandom(seed).nextLong();
    for (int i = 0; i < agents; i++) {
      // Mixed twice: streams of neighbouring seeds, or agents, have nothing in common.
      SplittableRandom random = new SplittableRandom(new SplittableRandom(base + i).nextLong());
      String id = agentId(i, random);
      items.accept(new SpireItem<>(SpireTypes.NODE, i + 1, node(id, random)));
      items.accept(new SpireItem<>(SpireTypes.NODE_SELECTORS, i + 1, selectors(id, i)));
      for (int k = 0; k < entriesPerAgent; k++) {
        long number = (long) i * entriesPerAgent + k + 1;
        items.accept(new SpireItem<>(SpireTypes.ENTRY, number, entry(id, k, number, random)));
      }
    }
  }

  /** How many items there are. */
  long size() {
    return PARTNERS + 1 + agents * (2L + entriesPerAgent);
  }

  private static String domain(int partner) {
    return partner == 0 ? TRUST_DOMAIN : "spiffe://partner-" + partner + ".example";
  }

  private Bundle bundle(int partner) {
    SplittableRandom random = new SplittableRandom(seed * (PARTNERS + 1) + partner);
    PublicKey key =
        PublicKey.newBuilder()
            .setKid(uuid(random))
            .setPkixBytes(bytes(random, KEY_BYTES))
            .setNotAfter(VALID_UNTIL)
            .build();
    return Bundle.newBuilder()
        .setTrustDomainId(domain(partner))
        .addJwtSigningKeys(key)
        .setRefreshHint(300)
        .setSequenceNumber(1 + random.nextInt(50))
        .build();
  }

  private static String cluster(int agent) {
    return "cluster-" + agent / NODES_PER_CLUSTER;
  }

  private static String agentId(int agent, SplittableRandom random) {
    return TRUST_DOMAIN + "/spire/agent/k8s_psat/" + cluster(agent) + "/" + uuid(random);
  }

  private static AttestedNode node(String id, SplittableRandom random) {
    return AttestedNode.newBuilder()
        .setSpiffeId(id)
        .setAttestationDataType("k8s_psat")
        .setCertSerialNumber(Long.toUnsignedString(random.nextLong()))
        .setCertNotAfter(VALID_UNTIL)
        .setCanReattest(true)
        .setAgentVersion("1.15.3")
        .build();
  }

  private static NodeSelectors selectors(String id, int agent) {
    return NodeSelectors.newBuilder()
        .setSpiffeId(id)
        .addSelectors(selector("k8s_psat", "cluster:" + cluster(agent)))
        .addSelectors(selector("k8s_psat", "agent_ns:spire"))
        .addSelectors(selector("k8s_psat", "agent_sa:spire-agent"))
        .addSelectors(selector("k8s_psat", "agent_node_name:node-" + agent))
        .build();
  }

  private static RegistrationEntry entry(
      String parent, int place, long number, SplittableRandom random) {
    String namespace = NAMESPACES.get(random.nextInt(NAMESPACES.size()));
    String app = APPS.get(random.nextInt(APPS.size())) + "-" + place;
    RegistrationEntry.Builder entry =
        RegistrationEntry.newBuilder()
            .setEntryId(uuid(random))
            .setParentId(parent)
            .setSpiffeId(TRUST_DOMAIN + "/ns/" + namespace + "/sa/" + app)
            .addSelectors(selector("k8s", "ns:" + namespace))
            .addSelectors(selector("k8s", "sa:" + app))
            .addSelectors(selector("k8s", "pod-label:app.kubernetes.io/name:" + app))
            .setCreatedAt(CREATED + number);
    if (random.nextInt(2) == 0) {
      entry.addSelectors(selector("k8s", "container-name:" + app));
    }
    if (random.nextInt(3) == 0) {
      entry.addDnsNames(app + "." + namespace + ".svc.cluster.local").setX509SvidTtl(3600);
    }
    if (random.nextInt(20) == 0) {
      entry.addFederatesWith(domain(1 + random.nextInt(PARTNERS)));
    }
    return entry.build();
  }

  private static Selector selector(String type, String value) {
    return Selector.newBuilder().setType(type).setValue(value).build();
  }

  private static ByteString bytes(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }

  /** A random id of version 4. */
  private static String uuid(SplittableRandom random) {
    long high = random.nextLong() & ~0xF000L | 0x4000L;
    long low = random.nextLong() & ~(3L << 62) | 2L << 62;
    return new UUID(high, low).toString();
  }
}
