package io.holdfast.migrate;

import static io.holdfast.cache.Freshness.CACHED;
import static io.holdfast.cache.Freshness.LINEARIZABLE;

import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.EntryFilter;
import io.holdfast.datastore.spire.Match;
import io.holdfast.datastore.spire.NodeFilter;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Asks a store and the legacy database that it was made from the same questions, once: all lists
 * and counts, and for a sample of entries and agents what servers ask for in between. The database
 * answers by SQL, of one state; the store from memory, as it does in a server.
 */
final class ReadComparison {
  private final LegacyDatabase source;
  private final Datastore datastore;
  private final SpireDatastore spire;
  private final Sample<RegistrationEntry> entries;
  private final Sample<AttestedNode> nodes;

  // The rows that were read: the others are in no list of the store.
  private final Set<Long> entryRows = new HashSet<>();
  private final Map<ItemType<?>, Side<?>> sides = new LinkedHashMap<>();
  private final Map<ItemType<?>, Long> counts = new HashMap<>();
  private final Map<String, Long> asked = new TreeMap<>();
  private final List<ReadDifference> differences = new ArrayList<>();

  /**
   * Prepares it.
   *
   * @param sample how many entries, and how many agents, to ask for; 0 for all
   * @param seed decides which
   */
  ReadComparison(LegacyDatabase source, Datastore datastore, int sample, long seed) {
    this.source = source;
    this.datastore = datastore;
    this.spire = SpireDatastore.of(datastore);
    this.entries = new Sample<>(sample, seed);
    this.nodes = new Sample<>(sample, seed);
  }

  /** What differs. */
  List<ReadDifference> differences() {
    return differences;
  }

  /** How many questions were asked, by operation. */
  Map<String, Long> asked() {
    return asked;
  }

  /** Asks. */
  void run(Stop stop) {
    View view = datastore.at(LINEARIZABLE);
    SpireTypes.all().forEach(type -> sides.put(type, new Side<>(view, type)));
    source.read(
        new SpireItems(
            Set.of(),
            item -> {
              stop.check();
              counts.merge(item.type(), 1L, Long::sum);
              sides.get(item.type()).compare(item);
              choose(item.number(), (Message) item.message());
            }));
    sides.values().forEach(Side::finish);
    compareCounts();
    LegacyAnswers answers = source.answers(entryRows::contains);
    Map<String, Set<Selector>> selectors = new HashMap<>();
    for (AttestedNode node : nodes.chosen()) {
      stop.check();
      fetchNode(node, selectors);
      entitle(node, selectors.getOrDefault(node.getSpiffeId(), Set.of()), answers);
    }
    for (RegistrationEntry entry : entries.chosen()) {
      stop.check();
      fetchEntry(entry);
      listEntries(entry, answers);
    }
  }

  private void choose(long row, Message message) {
    if (message instanceof RegistrationEntry entry) {
      entryRows.add(row);
      entries.offer(entry);
    } else if (message instanceof AttestedNode node) {
      nodes.offer(node);
    }
  }

  private void ask(String operation) {
    asked.merge(operation, 1L, Long::sum);
  }

  private void compareCounts() {
    count(SpireTypes.BUNDLE, spire.bundles().count());
    count(SpireTypes.ENTRY, spire.entries().count(CACHED, EntryFilter.ALL));
    count(SpireTypes.NODE, spire.nodes().count(NodeFilter.ALL));
    count(SpireTypes.FEDERATION, spire.federation().list().size());
    count(SpireTypes.CA_JOURNAL, spire.caJournals().list().size());
  }

  private void count(ItemType<?> type, long stored) {
    ask("count");
    long there = counts.getOrDefault(type, 0L);
    if (there != stored) {
      differences.add(ReadDifference.of("count " + type, "*", there, stored));
    }
  }

  private void fetchEntry(RegistrationEntry entry) {
    ask("fetch");
    String id = entry.getEntryId();
    spire
        .entries()
        .fetch(id)
        .ifPresentOrElse(
            stored -> differences.addAll(ReadDifference.between("fetch entry", id, entry, stored)),
            () -> differences.add(ReadDifference.missing("fetch entry", id)));
  }

  private void fetchNode(AttestedNode node, Map<String, Set<Selector>> selectors) {
    ask("fetch");
    String id = node.getSpiffeId();
    source
        .lookup()
        .nodes(
            List.of(id),
            record -> {
              AttestedNode whole = (AttestedNode) record.message();
              selectors.put(id, new HashSet<>(whole.getSelectorsList()));
              AttestedNode stored = spire.nodes().fetch(List.of(id)).get(id);
              if (stored == null) {
                differences.add(ReadDifference.missing("fetch node", id));
              } else {
                differences.addAll(ReadDifference.between("fetch node", id, whole, stored));
              }
            });
  }

  private void listEntries(RegistrationEntry entry, LegacyAnswers answers) {
    String parent = entry.getParentId();
    list(
        "list entries by parent",
        parent,
        answers.entriesByParent(parent),
        EntryFilter.ALL.parentId(parent));
    String spiffeId = entry.getSpiffeId();
    list(
        "list entries by SPIFFE ID",
        spiffeId,
        answers.entriesBySpiffeId(spiffeId),
        EntryFilter.ALL.spiffeId(spiffeId));
    if (entry.getSelectorsCount() > 0) {
      Selector selector = entry.getSelectors(0);
      list(
          "list entries by selector",
          selector.getType() + ":" + selector.getValue(),
          answers.entriesWith(selector),
          EntryFilter.ALL.selectors(List.of(selector), Match.SUPERSET));
    }
  }

  private void list(String operation, String id, List<String> there, EntryFilter filter) {
    ask("list");
    List<String> here =
        spire.entries().list(CACHED, filter).stream().map(RegistrationEntry::getEntryId).toList();
    if (!here.equals(there)) {
      differences.add(ReadDifference.of(operation, id, there, here));
    }
  }

  private void entitle(AttestedNode node, Set<Selector> own, LegacyAnswers answers) {
    String id = node.getSpiffeId();
    if (!id.matches("spiffe://[a-z0-9._-]+/.+")) {
      return;
    }
    ask("entitled entries");
    Instant now = Instant.now();
    boolean isValid = LegacyAnswers.isValid(node.getCertNotAfter(), now);
    Set<String> there = answers.entitled(id, isValid ? own : Set.of());
    String trustDomain = id.substring("spiffe://".length(), id.indexOf('/', "spiffe://".length()));
    Set<String> here = new TreeSet<>();
    Authorization.of(datastore, trustDomain)
        .entitledEntries(id, now)
        .forEach(entry -> here.add(entry.getEntryId()));
    if (!here.equals(there)) {
      differences.add(ReadDifference.of("entitled entries", id, there, here));
    }
  }

  /** The list of a type on both sides, in order. */
  private final class Side<M extends MessageLite> {
    private final View view;
    private final ItemType<M> type;
    private final Iterator<Placed<M>> rest;
    private final String operation;
    private Placed<M> next; // null at the end

    Side(View view, ItemType<M> type) {
      this.view = view;
      this.type = type;
      this.rest = view.scan(type.all()).iterator();
      this.operation = "list " + type;
      ask("list");
      advance();
    }

    private void advance() {
      next = rest.hasNext() ? rest.next() : null;
    }

    void compare(SpireItem<?> item) {
      String id = Difference.shown(type, item.id());
      if (item.message() instanceof NodeSelectors selectors) {
        compareSelectors(id, selectors);
        return;
      }
      CreationOrder place = new CreationOrder(0, item.number(), 0);
      while (next != null && next.order().compareTo(place) < 0) {
        extra();
      }
      if (next == null || !next.order().equals(place)) {
        differences.add(ReadDifference.missing(operation, id));
        return;
      }
      differences.addAll(shown(id, item.message(), (Message) next.message()));
      advance();
    }

    /** They have no order in the database. */
    private void compareSelectors(String id, NodeSelectors selectors) {
      view.get(SpireTypes.NODE_SELECTORS, selectors.getSpiffeId())
          .ifPresentOrElse(
              stored -> differences.addAll(shown(id, selectors, stored)),
              () -> differences.add(ReadDifference.missing(operation, id)));
    }

    private List<ReadDifference> shown(String id, MessageLite there, Message here) {
      List<ReadDifference> found = ReadDifference.between(operation, id, (Message) there, here);
      return type.isSecret()
          ? found.stream()
              .map(
                  secret ->
                      new ReadDifference(operation, id, secret.field(), "(secret)", "(secret)"))
              .toList()
          : found;
    }

    private void extra() {
      differences.add(
          ReadDifference.extra(operation, Difference.shown(type, type.id(next.message()))));
      advance();
    }

    void finish() {
      if (type == (Object) SpireTypes.NODE_SELECTORS) {
        count(type, view.count(type.all()));
        return;
      }
      while (next != null) {
        extra();
      }
    }
  }

  /** So many of a number of things that is not known before, each as likely as any other. */
  private static final class Sample<T> {
    private final int size;
    private final Random random;
    private final List<T> chosen = new ArrayList<>();
    private long offered;

    Sample(int size, long seed) {
      this.size = size;
      this.random = new Random(seed);
    }

    void offer(T one) {
      offered++;
      if (size == 0 || chosen.size() < size) {
        chosen.add(Objects.requireNonNull(one, "one"));
      } else {
        long place = (long) (random.nextDouble() * offered);
        if (place < size) {
          chosen.set((int) place, one);
        }
      }
    }

    List<T> chosen() {
      return chosen;
    }
  }
}
