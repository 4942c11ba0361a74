package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Selector;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Which registration entries to list or count: those that meet all conditions; immutable. */
public final class EntryFilter {
  /** All entries. */
  public static final EntryFilter ALL = new EntryFilter(new Conditions());

  private final Conditions conditions;

  private EntryFilter(Conditions conditions) {
    this.conditions = conditions;
  }

  /** What is asked for; null where nothing is. */
  private static final class Conditions {
    String parentId;
    String spiffeId;
    String hint;
    Boolean downstream;
    Wanted<Selector> selectors;
    Wanted<String> federatesWith;

    Conditions copy() {
      Conditions copy = new Conditions();
      copy.parentId = parentId;
      copy.spiffeId = spiffeId;
      copy.hint = hint;
      copy.downstream = downstream;
      copy.selectors = selectors;
      copy.federatesWith = federatesWith;
      return copy;
    }
  }

  /** Only entries with this parent. */
  public EntryFilter parentId(String id) {
    Conditions copy = conditions.copy();
    copy.parentId = Objects.requireNonNull(id, "id");
    return new EntryFilter(copy);
  }

  /** Only entries with this SPIFFE ID. */
  public EntryFilter spiffeId(String id) {
    Conditions copy = conditions.copy();
    copy.spiffeId = Objects.requireNonNull(id, "id");
    return new EntryFilter(copy);
  }

  /** Only entries with this hint; empty for no condition. */
  public EntryFilter hint(String text) {
    Conditions copy = conditions.copy();
    copy.hint = text.isEmpty() ? null : text;
    return new EntryFilter(copy);
  }

  /** Only entries that are for downstream servers, or only those that are not. */
  public EntryFilter downstream(boolean yes) {
    Conditions copy = conditions.copy();
    copy.downstream = yes;
    return new EntryFilter(copy);
  }

  /** Only entries whose selectors match; an empty collection is refused when the list is read. */
  public EntryFilter selectors(Collection<Selector> selectors, Match match) {
    Conditions copy = conditions.copy();
    copy.selectors = Wanted.of(selectors, match);
    return new EntryFilter(copy);
  }

  /**
   * Only entries that federate with trust domains that match.
   *
   * @param trustDomainIds empty for no condition
   */
  public EntryFilter federatesWith(Collection<String> trustDomainIds, Match match) {
    Conditions copy = conditions.copy();
    copy.federatesWith = trustDomainIds.isEmpty() ? null : Wanted.of(trustDomainIds, match);
    return new EntryFilter(copy);
  }

  /** How many conditions there are. */
  long conditions() {
    return Stream.of(parentId(), spiffeId(), hint(), downstream(), selectors(), federatesWith())
        .filter(Optional::isPresent)
        .count();
  }

  Optional<String> parentId() {
    return Optional.ofNullable(conditions.parentId);
  }

  Optional<String> spiffeId() {
    return Optional.ofNullable(conditions.spiffeId);
  }

  Optional<String> hint() {
    return Optional.ofNullable(conditions.hint);
  }

  Optional<Boolean> downstream() {
    return Optional.ofNullable(conditions.downstream);
  }

  Optional<Wanted<Selector>> selectors() {
    return Optional.ofNullable(conditions.selectors);
  }

  Optional<Wanted<String>> federatesWith() {
    return Optional.ofNullable(conditions.federatesWith);
  }
}
