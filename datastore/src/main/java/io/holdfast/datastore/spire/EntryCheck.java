package io.holdfast.datastore.spire;

import io.holdfast.datastore.Walk;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What is asked of each entry that a search comes by, the cheapest first. */
final class EntryCheck implements Predicate<Walk<RegistrationEntry>> {
  private final Match sketchMatch; // null: any sketch will do
  private final int sketch;
  private final List<Predicate<Walk<RegistrationEntry>>> lookUps;
  private final boolean isAll; // no condition is left
  private final String parentId; // null, here and below: any
  private final String spiffeId;
  private final String hint;
  private final Boolean downstream;
  private final Wanted<Selector> selectors;
  private final Wanted<String> federatesWith;

  /** The conditions of a filter. */
  EntryCheck(EntryFilter filter) {
    this(filter.selectors(), List.of(), filter);
  }

  /**
   * The conditions of a filter, behind others.
   *
   * @param sketched selectors that an entry's sketch has to allow for
   * @param lookUps conditions in other indexes
   */
  EntryCheck(
      Optional<Wanted<Selector>> sketched,
      List<Predicate<Walk<RegistrationEntry>>> lookUps,
      EntryFilter filter) {
    this.sketchMatch = sketched.map(Wanted::match).orElse(null);
    this.sketch = sketched.map(wanted -> SpireTypes.sketch(wanted.values())).orElse(0);
    this.lookUps = lookUps;
    this.isAll = filter.isAll();
    this.parentId = filter.parentId().orElse(null);
    this.spiffeId = filter.spiffeId().orElse(null);
    this.hint = filter.hint().orElse(null);
    this.downstream = filter.downstream().orElse(null);
    this.selectors = filter.selectors().orElse(null);
    this.federatesWith = filter.federatesWith().orElse(null);
  }

  @Override
  public boolean test(Walk<RegistrationEntry> at) {
    if (sketchMatch != null && !sketchMatch.mayHold(at.sketch(), sketch)) {
      return false;
    }
    for (Predicate<Walk<RegistrationEntry>> lookUp : lookUps) {
      if (!lookUp.test(at)) {
        return false;
      }
    }
    return isAll || test(at.message()); // the message lies in far memory
  }

  private boolean test(RegistrationEntry entry) {
    return (parentId == null || parentId.equals(entry.getParentId()))
        && (spiffeId == null || spiffeId.equals(entry.getSpiffeId()))
        && (hint == null || hint.equals(entry.getHint()))
        && (downstream == null || downstream == entry.getDownstream())
        && (selectors == null || selectors.accepts(entry.getSelectorsList()))
        && (federatesWith == null || federatesWith.accepts(entry.getFederatesWithList()));
  }
}
