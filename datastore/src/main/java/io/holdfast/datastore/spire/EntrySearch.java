package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.SpireTypes.ENTRY;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_DOWNSTREAM;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_FEDERATES_WITH;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_HINT;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_PARENT;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_SELECTOR;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_SELECTOR_SET;
import static io.holdfast.datastore.spire.SpireTypes.ENTRY_SPIFFE_ID;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Index;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import io.holdfast.datastore.Walk;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Finds the registration entries that meet a filter, in creation order. */
final class EntrySearch {
  private final View view;
  private final EntryFilter filter;

  EntrySearch(View view, EntryFilter filter) {
    this.view = view;
    this.filter = filter;
  }

  /** Those from a place on. */
  Walk<RegistrationEntry> from(CreationOrder from) {
    return walk(way(), from);
  }

  private Walk<RegistrationEntry> walk(
      Way<RegistrationEntry, EntryFilter> way, CreationOrder from) {
    if (way.rest().isAll()) {
      return view.walk(way.queries(), from);
    }
    if (!way.isJoin(view)) {
      return view.walk(way.queries(), from, new EntryCheck(way.rest()));
    }
    var lookUps =
        way.others().stream()
            .filter(other -> !way.queries().contains(other))
            .map(other -> view.isFound(other, from))
            .toList();
    return view.walk(
        way.queries(), from, new EntryCheck(way.rest().selectors(), lookUps, way.joined()));
  }

  /** The first one. */
  Optional<RegistrationEntry> first() {
    var found = from(CreationOrder.FIRST);
    return found.next() ? Optional.of(found.message()) : Optional.empty();
  }

  /** How many there are; not slower for more of them where one index tells. */
  long count() {
    if (filter.downstream().equals(Optional.of(false))
        && filter.with(others -> others.downstream = null).isAll()) {
      return view.count(ENTRY.all()) - view.count(ENTRY.by(ENTRY_DOWNSTREAM, 1));
    }
    var way = way();
    if (way.rest().isAll() && way.queries().size() == 1) {
      return view.count(way.queries().get(0));
    }
    long count = 0;
    for (var found = walk(way, CreationOrder.FIRST); found.next(); ) {
      count++;
    }
    return count;
  }

  private Way<RegistrationEntry, EntryFilter> way() {
    List<Way<RegistrationEntry, EntryFilter>> ways = new ArrayList<>();
    offer(ways, ENTRY_SPIFFE_ID, filter.spiffeId(), rest -> rest.spiffeId = null);
    offer(ways, ENTRY_PARENT, filter.parentId(), rest -> rest.parentId = null);
    offer(ways, ENTRY_HINT, filter.hint(), rest -> rest.hint = null);
    Optional<Integer> downstream = filter.downstream().filter(yes -> yes).map(yes -> 1);
    offer(ways, ENTRY_DOWNSTREAM, downstream, rest -> rest.downstream = null);
    if (filter.selectors().isPresent()) {
      ways.addAll(bySelectors(filter.selectors().get()));
    }
    if (filter.federatesWith().isPresent()) {
      EntryFilter rest = filter.with(others -> others.federatesWith = null);
      ways.addAll(filter.federatesWith().get().ways(EntrySearch::byDomain, rest, filter));
    }
    return ways.isEmpty() ? new Way<>(List.of(ENTRY.all()), filter) : Way.best(view, ways);
  }

  private void offer(
      List<Way<RegistrationEntry, EntryFilter>> ways,
      Index<RegistrationEntry> index,
      Optional<?> value,
      Consumer<EntryFilter.Conditions> met) {
    if (value.isPresent()) {
      ways.add(new Way<>(List.of(ENTRY.by(index, value.get())), filter.with(met)));
    }
  }

  private List<Way<RegistrationEntry, EntryFilter>> bySelectors(Wanted<Selector> wanted) {
    Set<Selector> asked = wanted.values();
    if (wanted.match() == Match.EXACT) {
      return List.of(new Way<>(List.of(bySet(SelectorSets.numberOf(asked))), filter));
    }
    if (wanted.match() == Match.SUBSET && asked.size() <= SelectorSets.SUBSETS_OF_MOST) {
      var sets = SelectorSets.numbersOfSubsets(asked).stream().map(EntrySearch::bySet).toList();
      return List.of(new Way<>(sets, filter));
    }
    EntryFilter rest = filter.with(others -> others.selectors = null);
    return wanted.ways(EntrySearch::bySelector, rest, filter);
  }

  private static Query<RegistrationEntry> bySet(Long number) {
    return ENTRY.by(ENTRY_SELECTOR_SET, number);
  }

  private static Query<RegistrationEntry> bySelector(Selector selector) {
    return ENTRY.by(ENTRY_SELECTOR, SpireTypes.selectorKey(selector));
  }

  private static Query<RegistrationEntry> byDomain(String trustDomainId) {
    return ENTRY.by(ENTRY_FEDERATES_WITH, trustDomainId);
  }
}
