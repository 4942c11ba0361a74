package io.holdfast.datastore.spire;

import io.holdfast.datastore.Walk;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import java.util.function.Predicate;

/** What is asked of each entry that a search comes by, the cheapest first. */
final class EntryCheck implements Predicate<Walk<RegistrationEntry>> {
  private final String parentId; // null, here and below: any
  private final String spiffeId;
  private final String hint;
  private final Boolean downstream;
  private final Wanted<Selector> selectors;
  private final Wanted<String> federatesWith;
  private final int sketch;

  /** The conditions of a filter. */
  EntryCheck(EntryFilter filter) {
    this.parentId = filter.parentId().orElse(null);
    this.spiffeId = filter.spiffeId().orElse(null);
    this.hint = filter.hint().orElse(null);
    this.downstream = filter.downstream().orElse(null);
    this.selectors = filter.selectors().orElse(null);
    this.federatesWith = filter.federatesWith().orElse(null);
    this.sketch = selectors == null ? 0 : SpireTypes.sketch(selectors.values());
  }

  @Override
  public boolean test(Walk<RegistrationEntry> at) {
    if (selectors != null && !selectors.match().mayHold(at.sketch(), sketch)) {
      return false;
    }
    RegistrationEntry entry = at.message();
    return (parentId == null || parentId.equals(entry.getParentId()))
        && (spiffeId == null || spiffeId.equals(entry.getSpiffeId()))
        && (hint == null || hint.equals(entry.getHint()))
        && (downstream == null || downstream == entry.getDownstream())
        && (selectors == null || selectors.accepts(entry.getSelectorsList()))
        && (federatesWith == null || federatesWith.accepts(entry.getFederatesWithList()));
  }
}
