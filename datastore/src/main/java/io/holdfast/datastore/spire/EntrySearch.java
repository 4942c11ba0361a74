package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.ENTRY;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_DOWNSTREAM;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_FEDERATES_WITH;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_HINT;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_PARENT;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_SELECTOR;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_SPIFFE_ID;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Finds the registration entries that meet a filter, in creation order. */
final class EntrySearch {
  private final View view;
  private final EntryFilter filter;

  EntrySearch(View view, EntryFilter filter) {
    this.view = view;
    this.filter = filter;
  }

  Iterable<Placed<RegistrationEntry>> from(CreationOrder from) {
    var candidates = choice().from(from);
    return () ->
        StreamSupport.stream(candidates.spliterator(), false)
            .filter(entry -> accepts(entry.message()))
            .iterator();
  }

  /** The first one. */
  Optional<RegistrationEntry> first() {
    var found = from(Listing.START).iterator();
    return found.hasNext() ? Optional.of(found.next().message()) : Optional.empty();
  }

  /** How many there are; not slower for more of them where one index tells. */
  long count() {
    if (filter.conditions() == 0) {
      return view.count(ENTRY.all());
    }
    if (filter.conditions() == 1 && filter.downstream().equals(Optional.of(false))) {
      return view.count(ENTRY.all()) - view.count(ENTRY.by(ENTRY_DOWNSTREAM, 1));
    }
    Optional<Query<RegistrationEntry>> single = single();
    if (single.isPresent()) {
      return view.count(single.get());
    }
    return StreamSupport.stream(from(Listing.START).spliterator(), false).count();
  }

  /** The query that finds just these, if the filter has only one condition. */
  private Optional<Query<RegistrationEntry>> single() {
    if (filter.conditions() != 1) {
      return Optional.empty();
    }
    return Stream.of(
            filter.parentId().map(id -> ENTRY.by(ENTRY_PARENT, id)),
            filter.spiffeId().map(id -> ENTRY.by(ENTRY_SPIFFE_ID, id)),
            filter.hint().map(hint -> ENTRY.by(ENTRY_HINT, hint)),
            filter.downstream().filter(yes -> yes).map(yes -> ENTRY.by(ENTRY_DOWNSTREAM, 1)),
            filter.selectors().flatMap(Wanted::single).map(EntrySearch::bySelector),
            filter
                .federatesWith()
                .flatMap(Wanted::single)
                .map(id -> ENTRY.by(ENTRY_FEDERATES_WITH, id)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Choice<RegistrationEntry> choice() {
    Choice<RegistrationEntry> choice = new Choice<>(view, ENTRY);
    filter.parentId().ifPresent(id -> choice.offer(ENTRY.by(ENTRY_PARENT, id)));
    filter.spiffeId().ifPresent(id -> choice.offer(ENTRY.by(ENTRY_SPIFFE_ID, id)));
    filter.hint().ifPresent(hint -> choice.offer(ENTRY.by(ENTRY_HINT, hint)));
    filter
        .downstream()
        .filter(yes -> yes)
        .ifPresent(yes -> choice.offer(ENTRY.by(ENTRY_DOWNSTREAM, 1)));
    filter.selectors().ifPresent(wanted -> choice.offer(wanted, EntrySearch::bySelector));
    filter
        .federatesWith()
        .ifPresent(wanted -> choice.offer(wanted, id -> ENTRY.by(ENTRY_FEDERATES_WITH, id)));
    return choice;
  }

  private static Query<RegistrationEntry> bySelector(Selector selector) {
    return ENTRY.by(ENTRY_SELECTOR, SpireTypes.selectorKey(selector));
  }

  private boolean accepts(RegistrationEntry entry) {
    return is(filter.parentId(), entry.getParentId())
        && is(filter.spiffeId(), entry.getSpiffeId())
        && is(filter.hint(), entry.getHint())
        && is(filter.downstream(), entry.getDownstream())
        && Wanted.accepts(filter.selectors(), entry.getSelectorsList())
        && Wanted.accepts(filter.federatesWith(), entry.getFederatesWithList());
  }

  private static <T> boolean is(Optional<T> asked, T has) {
    return asked.isEmpty() || asked.get().equals(has);
  }
}
