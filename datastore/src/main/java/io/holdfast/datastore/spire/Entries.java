package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.ENTRY;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_EXPIRY;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_SIMILAR;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryMask;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registration entries of SPIRE's data store. Every write of one writes its event in the same
 * commit. What is refused is a {@link io.holdfast.datastore.DatastoreException} with SPIRE's code
 * and text.
 */
public final class Entries {
  private static final Logger LOG = LoggerFactory.getLogger(Entries.class);
  private static final int PRUNED_AT_ONCE = 500;
  private static final int MILLIS_HALF_SECOND = 500;

  private final Datastore datastore;
  private final InstantSource clock;
  private final Events events;

  Entries(Datastore datastore, InstantSource clock, Events events) {
    this.datastore = datastore;
    this.clock = clock;
    this.events = events;
  }

  /**
   * An entry that was to be created, or the one that was there already.
   *
   * @param entry as it is stored
   * @param existing whether it was there: an entry with the same SPIFFE ID, parent and selectors
   */
  public record Created(RegistrationEntry entry, boolean existing) {}

  /** The entry with an id. Linearizable. */
  public Optional<RegistrationEntry> fetch(String entryId) {
    return datastore.at(Freshness.LINEARIZABLE).get(ENTRY, entryId);
  }

  /** The entries with ids, by id; those that do not exist are left out. Linearizable. */
  public Map<String, RegistrationEntry> fetch(Collection<String> entryIds) {
    View view = datastore.at(Freshness.LINEARIZABLE);
    Map<String, RegistrationEntry> found = new LinkedHashMap<>();
    for (String id : entryIds) {
      view.get(ENTRY, id).ifPresent(entry -> found.put(id, entry));
    }
    return found;
  }

  /** The entries that meet a filter, in creation order. */
  public List<RegistrationEntry> list(Freshness freshness, EntryFilter filter) {
    return search(freshness, filter).from(CreationOrder.FIRST).rest();
  }

  /** A page of the entries that meet a filter. */
  public Paged<RegistrationEntry> list(Freshness freshness, EntryFilter filter, Paging paging) {
    Listing.checkSize(paging);
    checkSelectors(filter);
    Optional<ListToken> start = Listing.start(ENTRY, paging);
    var entries = search(freshness, filter).from(Listing.from(start)).placed();
    return Listing.page(ENTRY, entries, start, paging.size());
  }

  /** How many entries meet a filter. */
  public long count(Freshness freshness, EntryFilter filter) {
    return search(freshness, filter).count();
  }

  private EntrySearch search(Freshness freshness, EntryFilter filter) {
    checkSelectors(filter);
    return new EntrySearch(datastore.at(freshness), filter);
  }

  private static void checkSelectors(EntryFilter filter) {
    if (filter.selectors().isPresent() && filter.selectors().get().values().isEmpty()) {
      throw Refusal.invalid("cannot list by empty selector set");
    }
  }

  /**
   * Creates an entry, unless there is a similar one. The id is random if the entry has none;
   * revision and creation time are the data store's own.
   */
  public Created create(RegistrationEntry entry) {
    EntryRules.checkCreated(entry);
    return datastore.compute(tx -> create(tx, entry)).value();
  }

  private Created create(ItemTransaction tx, RegistrationEntry asked) {
    Optional<RegistrationEntry> similar = similar(tx, asked);
    if (similar.isPresent()) {
      return new Created(similar.get(), true);
    }
    tx.expectNone(ENTRY, ENTRY_SIMILAR, Similarity.keyOf(asked));
    RegistrationEntry entry = completed(asked);
    if (tx.get(ENTRY, entry.getEntryId()).isPresent()) {
      throw Refusal.exists("entry " + entry.getEntryId());
    }
    EntryRules.checkBundles(tx, entry, List.of());
    EntryRules.checkDistinct(entry);
    tx.create(ENTRY, entry);
    events.add(tx, entry.getEntryId());
    return new Created(entry, false);
  }

  /** The oldest similar entry. */
  private static Optional<RegistrationEntry> similar(ItemTransaction tx, RegistrationEntry entry) {
    EntryFilter same =
        EntryFilter.ALL
            .spiffeId(entry.getSpiffeId())
            .parentId(entry.getParentId())
            .selectors(entry.getSelectorsList(), Match.EXACT);
    return new EntrySearch(tx.view(), same)
        .first()
        .flatMap(found -> tx.get(ENTRY, found.getEntryId()));
  }

  private RegistrationEntry completed(RegistrationEntry asked) {
    long millis = clock.millis() + MILLIS_HALF_SECOND;
    RegistrationEntry.Builder entry =
        asked.toBuilder()
            .setRevisionNumber(0)
            .setCreatedAt(Math.floorDiv(millis, 1_000))
            .clearFederatesWith()
            .addAllFederatesWith(EntryMasks.distinct(asked.getFederatesWithList()));
    EntryMasks.setAttributes(entry, asked);
    if (asked.getEntryId().isEmpty()) {
      entry.setEntryId(UUID.randomUUID().toString());
    }
    return entry.build();
  }

  /**
   * Changes the fields of an entry that a mask names, and raises its revision. The result may be
   * similar to another entry.
   *
   * @param mask null for all fields
   * @return the whole entry as it is then
   */
  public RegistrationEntry update(RegistrationEntry entry, RegistrationEntryMask mask) {
    RegistrationEntryMask fields = mask == null ? EntryMasks.ALL : mask;
    EntryRules.checkUpdate(entry, fields);
    return datastore.compute(tx -> update(tx, entry, fields)).value();
  }

  private RegistrationEntry update(
      ItemTransaction tx, RegistrationEntry update, RegistrationEntryMask mask) {
    RegistrationEntry stored = existing(tx, update.getEntryId());
    RegistrationEntry merged = EntryMasks.apply(stored, update, mask);
    EntryRules.checkUpdated(merged);
    EntryRules.checkDistinct(merged);
    EntryRules.checkBundles(tx, merged, stored.getFederatesWithList());
    return write(tx, merged);
  }

  /** Takes a trust domain out of an entry. */
  void dissociate(ItemTransaction tx, String entryId, String trustDomainId) {
    RegistrationEntry stored = existing(tx, entryId);
    List<String> others =
        stored.getFederatesWithList().stream().filter(id -> !id.equals(trustDomainId)).toList();
    write(tx, stored.toBuilder().clearFederatesWith().addAllFederatesWith(others).build());
  }

  private RegistrationEntry write(ItemTransaction tx, RegistrationEntry entry) {
    RegistrationEntry next =
        entry.toBuilder().setRevisionNumber(entry.getRevisionNumber() + 1).build();
    tx.put(ENTRY, next);
    events.add(tx, next.getEntryId());
    return next;
  }

  private static RegistrationEntry existing(ItemTransaction tx, String entryId) {
    return tx.get(ENTRY, entryId).orElseThrow(Refusal::notFound);
  }

  /** Deletes an entry, and returns it as it was. */
  public RegistrationEntry delete(String entryId) {
    return datastore.compute(tx -> delete(tx, entryId)).value();
  }

  RegistrationEntry delete(ItemTransaction tx, String entryId) {
    RegistrationEntry was = existing(tx, entryId);
    tx.delete(ENTRY, entryId);
    events.add(tx, entryId);
    return was;
  }

  /** Deletes the entries whose life ended before a time, in whole seconds. */
  public void prune(Instant expiresBefore) {
    Batches.run(datastore, PRUNED_AT_ONCE, new Pruning(expiresBefore));
  }

  /** Deletes entries whose life has ended, and logs those that are gone. */
  private final class Pruning implements Batches.Step {
    private final Query<RegistrationEntry> ended;
    private List<RegistrationEntry> last = List.of();

    Pruning(Instant expiresBefore) {
      this.ended = Expiry.before(ENTRY, ENTRY_EXPIRY, expiresBefore.getEpochSecond());
    }

    @Override
    public int remove(ItemTransaction tx, int most) {
      last = Expiry.first(tx.view(), ended, most);
      last.forEach(entry -> delete(tx, entry.getEntryId()));
      return last.size();
    }

    @Override
    public void committed() {
      for (RegistrationEntry entry : last) {
        LOG.info(
            "Pruned an expired registration: entry {} of {} below {}",
            entry.getEntryId(),
            entry.getSpiffeId(),
            entry.getParentId());
      }
    }
  }
}
