package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Reads;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What agents are entitled to is kept, and is what the view says all the same. */
final class EntitledTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
  private static final String TRUST_DOMAIN = "td.example";
  private static final int AGENTS = 4;
  private static final int IDS = 5;
  private static final int ENTRIES = 12;
  private static final int SELECTORS = 3;

  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private final Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
  private final Authorization authorization = Authorization.of(datastore, TRUST_DOMAIN);

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private static String id(String path) {
    return "spiffe://" + TRUST_DOMAIN + "/" + path;
  }

  private static String agent(int number) {
    return id("spire/agent/" + number);
  }

  /** An id of an agent, of a workload or of the server. */
  private static String anyParent(Random random) {
    int number = random.nextInt(AGENTS + IDS + 2);
    return number < AGENTS
        ? agent(number)
        : number < AGENTS + IDS ? anyId(random) : SpiffeId.ofServer(TRUST_DOMAIN);
  }

  private static String anyId(Random random) {
    return id("w/" + random.nextInt(IDS));
  }

  private static List<Selector> anySelectors(Random random) {
    return IntStream.range(0, SELECTORS)
        .filter(i -> random.nextBoolean())
        .mapToObj(i -> Selector.newBuilder().setType("t").setValue("v" + i).build())
        .toList();
  }

  private static void change(ItemTransaction tx, Random random) {
    switch (random.nextInt(6)) {
      case 0 -> tx.put(SpireTypes.NODE, node(random));
      case 1 -> tx.put(SpireTypes.NODE_SELECTORS, selectors(random));
      case 2 -> deleteIfThere(tx, SpireTypes.NODE, agent(random.nextInt(AGENTS)));
      case 3 -> deleteIfThere(tx, SpireTypes.ENTRY, "e" + random.nextInt(ENTRIES));
      default -> tx.put(SpireTypes.ENTRY, entry(random));
    }
  }

  private static void deleteIfThere(ItemTransaction tx, ItemType<?> type, String id) {
    if (tx.get(type, id).isPresent()) {
      tx.delete(type, id);
    }
  }

  private static AttestedNode node(Random random) {
    return AttestedNode.newBuilder()
        .setSpiffeId(agent(random.nextInt(AGENTS)))
        .setCertSerialNumber("1")
        .setCertNotAfter(NOW.getEpochSecond() + random.nextInt(3) - 1)
        .build();
  }

  private static NodeSelectors selectors(Random random) {
    return NodeSelectors.newBuilder()
        .setSpiffeId(agent(random.nextInt(AGENTS)))
        .addAllSelectors(anySelectors(random))
        .build();
  }

  private static RegistrationEntry entry(Random random) {
    return RegistrationEntry.newBuilder()
        .setEntryId("e" + random.nextInt(ENTRIES))
        .setParentId(anyParent(random))
        .setSpiffeId(anyId(random))
        .addAllSelectors(anySelectors(random))
        .setHint("h" + random.nextInt(3))
        .build();
  }

  /** What the view says, computed without anything that is kept. */
  private static List<RegistrationEntry> computed(View view, String agent) {
    Set<String> parents = new LinkedHashSet<>(List.of(agent));
    Set<Selector> own =
        view.get(SpireTypes.NODE, agent)
            .filter(node -> node.getCertNotAfter() > NOW.getEpochSecond())
            .flatMap(node -> view.get(SpireTypes.NODE_SELECTORS, agent))
            .map(selectors -> Set.copyOf(selectors.getSelectorsList()))
            .orElse(Set.of());
    view.forEach(
        SpireTypes.ENTRY.by(SpireTypes.ENTRY_PARENT, SpiffeId.ofServer(TRUST_DOMAIN)),
        alias -> {
          if (alias.getSelectorsCount() > 0 && own.containsAll(alias.getSelectorsList())) {
            parents.add(alias.getSpiffeId());
          }
        });
    return new Descent(Reads.of(view), TRUST_DOMAIN).below(parents);
  }

  private void check(View view) {
    for (int agent = 0; agent < AGENTS; agent++) {
      List<RegistrationEntry> kept = authorization.entitledEntries(view, agent(agent), NOW);
      List<RegistrationEntry> right = computed(view, agent(agent));
      assertEquals(Set.copyOf(right), Set.copyOf(kept), () -> "at " + view.position());
      assertEquals(right.size(), kept.size());
    }
  }

  @Test
  void eachViewGetsItsOwnAnswer() {
    Random random = new Random(7);
    List<View> views = new ArrayList<>();
    for (int step = 0; step < 1500; step++) {
      datastore.write(tx -> change(tx, random));
      views.add(datastore.snapshot());
      check(views.get(step));
      check(views.get(random.nextInt(views.size())));
    }
  }

  @Test
  void readersSeeWhatTheirViewSaysWhileOthersWrite() {
    AtomicBoolean done = new AtomicBoolean();
    List<CompletableFuture<Void>> readers =
        IntStream.range(0, 3)
            .mapToObj(i -> CompletableFuture.runAsync(() -> readUntil(done)))
            .toList();
    Random random = new Random(8);
    for (int step = 0; step < 1500; step++) {
      datastore.write(tx -> change(tx, random));
    }
    done.set(true);
    readers.forEach(CompletableFuture::join);
  }

  private void readUntil(AtomicBoolean done) {
    do {
      check(datastore.snapshot());
    } while (!done.get());
  }

  @Test
  void anAnswerIsKeptWhileNothingChangesThatItCameFrom() {
    put(entry("e1", agent(1), id("w/1")));
    datastore.items(SpireTypes.NODE).put(nodeOf(agent(1)));
    List<RegistrationEntry> first = entitled();
    put(entry("e2", agent(2), id("w/2")));
    datastore.items(SpireTypes.NODE).put(nodeOf(agent(2)));
    assertSame(first, entitled());
    Position position = put(entry("e3", id("w/1"), id("w/3")));
    datastore.at(Freshness.atLeast(position));
    assertNotSame(first, entitled());
    assertEquals(List.of("e1", "e3"), entitled().stream().map(e -> e.getEntryId()).toList());
  }

  private List<RegistrationEntry> entitled() {
    return authorization.entitledEntries(agent(1), NOW);
  }

  private Position put(RegistrationEntry entry) {
    return datastore.write(tx -> tx.put(SpireTypes.ENTRY, entry));
  }

  private static RegistrationEntry entry(String entryId, String parent, String spiffeId) {
    return RegistrationEntry.newBuilder()
        .setEntryId(entryId)
        .setParentId(parent)
        .setSpiffeId(spiffeId)
        .build();
  }

  private static AttestedNode nodeOf(String agent) {
    return AttestedNode.newBuilder().setSpiffeId(agent).setCertSerialNumber("1").build();
  }
}
