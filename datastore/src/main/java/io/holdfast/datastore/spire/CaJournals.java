package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.CA_JOURNAL;
import static io.holdfast.datastore.spire.SpireTypes.CA_JOURNAL_ACTIVE_AUTHORITY;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.cache.Freshness;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.Journal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The journals of certificate authorities, one for each server. Their numbers grow with their age
 * and are never given twice. Reads are linearizable.
 */
public final class CaJournals {
  /**
   * No journal's id. Creations expect it to be absent, and stores never give two commits that do so
   * one revision: so their numbers, which are made of it, differ.
   */
  private static final String NEVER_TWO_AT_ONCE = "(creation)";

  private static final int PRUNED_AT_ONCE = 500;

  private final Datastore datastore;

  CaJournals(Datastore datastore) {
    this.datastore = datastore;
  }

  /** The youngest journal whose active X.509 authority has an id. */
  public Optional<CAJournal> fetch(String activeX509AuthorityId) {
    if (activeX509AuthorityId.isEmpty()) {
      throw Refusal.invalid("active X509 authority ID is required");
    }
    CAJournal last = null;
    var query = CA_JOURNAL.by(CA_JOURNAL_ACTIVE_AUTHORITY, activeX509AuthorityId);
    for (Placed<CAJournal> journal : datastore.at(Freshness.LINEARIZABLE).scan(query)) {
      last = shown(journal.message(), journal.order());
    }
    return Optional.ofNullable(last);
  }

  /** All journals, the oldest first. */
  public List<CAJournal> list() {
    List<CAJournal> journals = new ArrayList<>();
    for (Placed<CAJournal> journal : datastore.at(Freshness.LINEARIZABLE).scan(CA_JOURNAL.all())) {
      journals.add(shown(journal.message(), journal.order()));
    }
    return journals;
  }

  private static CAJournal shown(CAJournal stored, CreationOrder order) {
    return stored.toBuilder().clearKey().setId(IssuedNumber.of(order)).build();
  }

  /**
   * Creates a journal if its id is 0, else replaces the one with this id.
   *
   * @param journal null is refused
   * @return the journal, with its id
   */
  public CAJournal set(CAJournal journal) {
    if (journal == null) {
      throw Refusal.invalid("ca journal is required");
    }
    String key = Events.randomKey();
    var written = datastore.compute(tx -> set(tx, journal, key));
    if (journal.getId() != 0) {
      return journal;
    }
    CreationOrder order =
        datastore
            .at(Freshness.atLeast(written.position()))
            .order(CA_JOURNAL, key)
            .orElseThrow(Refusal::notFound);
    return shown(written.value(), order);
  }

  private static CAJournal set(ItemTransaction tx, CAJournal journal, String key) {
    CAJournal.Builder stored = journal.toBuilder().clearId().clearKey();
    if (journal.getId() == 0) {
      tx.get(CA_JOURNAL, NEVER_TWO_AT_ONCE);
      return tx.create(CA_JOURNAL, stored.setKey(key).build());
    }
    CAJournal was =
        numbered(tx.view(), journal.getId())
            .flatMap(found -> tx.get(CA_JOURNAL, CA_JOURNAL.id(found)))
            .orElseThrow(Refusal::notFound);
    return tx.put(CA_JOURNAL, stored.setId(was.getId()).setKey(was.getKey()).build());
  }

  private static Optional<CAJournal> numbered(View view, long number) {
    // Databases with ids of 64 bits can have given any of those that are issued here.
    Optional<CAJournal> brought =
        number > 0
            ? view.createdAt(CA_JOURNAL, IssuedNumber.placeOfBrought(number))
            : Optional.empty();
    return brought.isPresent() ? brought : view.createdAt(CA_JOURNAL, IssuedNumber.place(number));
  }

  /**
   * Deletes the journals in which no X.509 authority and no JWT key ends after a time.
   *
   * @param allCasExpireBefore unix seconds
   */
  public void prune(long allCasExpireBefore) {
    Batches.run(datastore, PRUNED_AT_ONCE, (tx, most) -> prune(tx, allCasExpireBefore, most));
  }

  /** Reads all of them first: one that cannot be read stops the prune before it has begun. */
  private static int prune(ItemTransaction tx, long allCasExpireBefore, int most) {
    List<CAJournal> ended = new ArrayList<>();
    for (CAJournal journal : tx.view().list(CA_JOURNAL.all())) {
      if (hasEnded(journal, allCasExpireBefore)) {
        ended.add(journal);
      }
    }
    int pruned = Math.min(most, ended.size());
    ended.subList(0, pruned).forEach(journal -> tx.delete(CA_JOURNAL, CA_JOURNAL.id(journal)));
    return pruned;
  }

  private static boolean hasEnded(CAJournal journal, long time) {
    try {
      Journal.Entries entries = Journal.Entries.parseFrom(journal.getData());
      return entries.getX509CAsList().stream().allMatch(ca -> ca.getNotAfter() <= time)
          && entries.getJwtKeysList().stream().allMatch(key -> key.getNotAfter() <= time);
    } catch (InvalidProtocolBufferException e) {
      throw Refusal.internal(
          "unable to unmarshal entries from CA journal record: " + e.getMessage(), e);
    }
  }
}
