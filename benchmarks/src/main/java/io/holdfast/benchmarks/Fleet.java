package io.holdfast.benchmarks;

import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.time.Instant;
import java.util.UUID;

/**
 * Attested agents, each with four selectors and the same number of entries below it, each with
 * three selectors.
 *
 * @param agents how many
 * @param entriesPerAgent how many each has
 */
record Fleet(int agents, int entriesPerAgent) {
  static final String TRUST_DOMAIN = "example.org";
  private static final String ROOT = "spiffe://" + TRUST_DOMAIN;
  private static final int NAMESPACES = 100;
  private static final long NOT_AFTER = Instant.parse("2100-01-01T00:00:00Z").getEpochSecond();

  static String agentId(int agent) {
    return ROOT + "/spire/agent/x509pop/" + fingerprint(agent);
  }

  static String serial(int agent) {
    return Long.toString(mixed(agent) >>> 1);
  }

  AttestedNode node(int agent) {
    return AttestedNode.newBuilder()
        .setSpiffeId(agentId(agent))
        .setAttestationDataType("x509pop")
        .setCertSerialNumber(serial(agent))
        .setCertNotAfter(NOT_AFTER)
        .setCanReattest(true)
        .setAgentVersion("1.12.4")
        .build();
  }

  NodeSelectors selectors(int agent) {
    return NodeSelectors.newBuilder()
        .setSpiffeId(agentId(agent))
        .addSelectors(selector("x509pop", "subject:cn:host-" + agent + ".example.org"))
        .addSelectors(selector("x509pop", "ca:fingerprint:" + fingerprint(agent % 3)))
        .addSelectors(selector("x509pop", "serialnumber:" + serial(agent)))
        .addSelectors(selector("x509pop", "zone:zone-" + agent % 12))
        .build();
  }

  RegistrationEntry entry(int number) {
    int agent = number / entriesPerAgent;
    String namespace = "ns-" + number % NAMESPACES;
    return RegistrationEntry.newBuilder()
        .setEntryId(new UUID(mixed(number), mixed(~number)).toString())
        .setParentId(agentId(agent))
        .setSpiffeId(spiffeId(number))
        .addSelectors(selector("k8s", "ns:" + namespace))
        .addSelectors(selector("k8s", "sa:app-" + number % 5000))
        .addSelectors(selector("k8s", "pod-label:instance:" + number))
        .setX509SvidTtl(3600)
        .setCreatedAt(1_700_000_000L + number)
        .build();
  }

  static String spiffeId(int number) {
    return ROOT + "/ns/ns-" + number % NAMESPACES + "/sa/app-" + number;
  }

  int entries() {
    return agents * entriesPerAgent;
  }

  /** Loads all of it into an empty store. */
  void load(Store store) {
    Importer load = Importer.begin(store);
    for (int agent = 0; agent < agents; agent++) {
      load.add(SpireTypes.NODE, agent, node(agent));
      load.add(SpireTypes.NODE_SELECTORS, agent, selectors(agent));
    }
    for (int number = 0; number < entries(); number++) {
      load.add(SpireTypes.ENTRY, number, entry(number));
    }
    load.finish();
  }

  /** What the records take as they are sent, in bytes. */
  long wireBytes() {
    long bytes = 0;
    for (int agent = 0; agent < agents; agent++) {
      bytes += node(agent).getSerializedSize() + selectors(agent).getSerializedSize();
    }
    for (int number = 0; number < entries(); number++) {
      bytes += entry(number).getSerializedSize();
    }
    return bytes;
  }

  private static Selector selector(String type, String value) {
    return Selector.newBuilder().setType(type).setValue(value).build();
  }

  private static String fingerprint(int number) {
    return "%016x%016x%08x".formatted(mixed(number), mixed(number + 1L), number);
  }

  /** Neighbours become strangers, always the same ones (the finalizer of MurmurHash3). */
  private static long mixed(long number) {
    long z = (number ^ (number >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
