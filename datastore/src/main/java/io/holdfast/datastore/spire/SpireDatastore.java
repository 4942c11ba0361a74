package io.holdfast.datastore.spire;

import io.holdfast.datastore.Datastore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;

/**
 * What SPIRE's own data store does, over a {@link Datastore}: its 51 operations, by what they are
 * about.
 *
 * <pre>{@code
 * try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
 *   SpireDatastore spire = SpireDatastore.of(datastore);
 *   spire.bundles().append(bundle);
 *   Entries.Created created = spire.entries().create(entry);
 *   spire.entries().list(Freshness.CACHED, EntryFilter.ALL.parentId(agentId));
 * }
 * }</pre>
 *
 * <p>What SPIRE calls RequireCurrent is {@code Freshness.LINEARIZABLE}, TolerateStale is {@code
 * Freshness.CACHED}; both are answered from memory. A refusal is a {@link
 * io.holdfast.datastore.DatastoreException} with SPIRE's code and text, and was true at one moment
 * of the call. Safe for use by many threads and processes on one store.
 */
public final class SpireDatastore {
  /** Stands for a time that was not given, as the zero time does in SPIRE. */
  public static final Instant NO_TIME = Instant.parse("0001-01-01T00:00:00Z");

  private final Bundles bundles;
  private final Entries entries;
  private final Events entryEvents;
  private final Nodes nodes;
  private final Events nodeEvents;
  private final NodeSelectorSets nodeSelectors;
  private final JoinTokens joinTokens;
  private final Federation federation;
  private final CaJournals caJournals;

  private SpireDatastore(Datastore datastore, InstantSource clock) {
    this.entryEvents = new Events(EventForms.ofEntries(datastore, clock));
    this.nodeEvents = new Events(EventForms.ofNodes(datastore, clock));
    this.entries = new Entries(datastore, clock, entryEvents);
    this.bundles = new Bundles(datastore, entries);
    this.nodes = new Nodes(datastore, nodeEvents, entries);
    this.nodeSelectors = new NodeSelectorSets(datastore, nodeEvents);
    this.joinTokens = new JoinTokens(datastore);
    this.federation = new Federation(datastore);
    this.caJournals = new CaJournals(datastore);
  }

  /** Over a data store that was opened with {@link SpireTypes#all}, and stays the caller's. */
  public static SpireDatastore of(Datastore datastore) {
    return of(datastore, InstantSource.system());
  }

  /**
   * As {@link #of(Datastore)}, with another clock.
   *
   * @param clock tells when entries and events were created
   */
  public static SpireDatastore of(Datastore datastore, InstantSource clock) {
    return new SpireDatastore(
        Objects.requireNonNull(datastore, "datastore"), Objects.requireNonNull(clock, "clock"));
  }

  /** Trust bundles and their keys. */
  public Bundles bundles() {
    return bundles;
  }

  /** Registration entries. */
  public Entries entries() {
    return entries;
  }

  /** Which registration entries have changed. */
  public Events entryEvents() {
    return entryEvents;
  }

  /** Attested nodes. */
  public Nodes nodes() {
    return nodes;
  }

  /** Which attested nodes have changed. */
  public Events nodeEvents() {
    return nodeEvents;
  }

  /** The selectors of attested nodes. */
  public NodeSelectorSets nodeSelectors() {
    return nodeSelectors;
  }

  /** Join tokens. */
  public JoinTokens joinTokens() {
    return joinTokens;
  }

  /** Federation relationships. */
  public Federation federation() {
    return federation;
  }

  /** Journals of certificate authorities. */
  public CaJournals caJournals() {
    return caJournals;
  }
}
