package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Selector;
import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** Which registration entries to list or count: those that meet all conditions; immutable. */
public final class EntryFilter {
  /** All entries. */
  public static final EntryFilter ALL = new EntryFilter(new Conditions());

  private final Conditions conditions;

  private EntryFilter(Conditions conditions) {
    this.conditions = conditions;
  }

  /** What is asked for; null where nothing is. */
  static final class Conditions implements Cloneable {
    String parentId;
    String spiffeId;
    String hint;
    Boolean downstream;
    Wanted<Selector> selectors;
    Wanted<String> federatesWith;

    @Override
    protected Conditions clone() {
      try {
        return (Conditions) super.clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError("it is cloneable", e);
      }
    }
  }

  /** Only entries with this parent. */
  public EntryFilter parentId(String id) {
    Objects.requireNonNull(id, "id");
    return with(copy -> copy.parentId = id);
  }

  /** Only entries with this SPIFFE ID. */
  public EntryFilter spiffeId(String id) {
    Objects.requireNonNull(id, "id");
    return with(copy -> copy.spiffeId = id);
  }

  /** Only entries with this hint; empty for no condition. */
  public EntryFilter hint(String text) {
    String asked = text.isEmpty() ? null : text;
    return with(copy -> copy.hint = asked);
  }

  /** Only entries that are for downstream servers, or only those that are not. */
  public EntryFilter downstream(boolean yes) {
    return with(copy -> copy.downstream = yes);
  }

  /** Only entries whose selectors match; an empty collection is refused when the list is read. */
  public EntryFilter selectors(Collection<Selector> selectors, Match match) {
    Wanted<Selector> wanted = Wanted.of(selectors, match);
    return with(copy -> copy.selectors = wanted);
  }

  /**
   * Only entries that federate with trust domains that match.
   *
   * @param trustDomainIds empty for no condition
   */
  public EntryFilter federatesWith(Collection<String> trustDomainIds, Match match) {
    Wanted<String> wanted = trustDomainIds.isEmpty() ? null : Wanted.of(trustDomainIds, match);
    return with(copy -> copy.federatesWith = wanted);
  }

  /** The same with other conditions. */
  EntryFilter with(Consumer<Conditions> change) {
    Conditions copy = conditions.clone();
    change.accept(copy);
    return new EntryFilter(copy);
  }

  /** Whether there is no condition. */
  boolean isAll() {
    return conditions.parentId == null
        && conditions.spiffeId == null
        && conditions.hint == null
        && conditions.downstream == null
        && conditions.selectors == null
        && conditions.federatesWith == null;
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
