package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Selector;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Which attested nodes to list or count: those that meet all conditions; immutable. */
public final class NodeFilter {
  /** All nodes, without their selectors. */
  public static final NodeFilter ALL = new NodeFilter(new Conditions());

  private final Conditions conditions;

  private NodeFilter(Conditions conditions) {
    this.conditions = conditions;
  }

  /** What is asked for; null where nothing is. */
  private static final class Conditions {
    String attestationType;
    Boolean banned;
    Boolean canReattest;
    Instant expiresBefore;
    Instant validAt;
    Wanted<Selector> selectors;
    Set<String> spiffeIds;
    boolean withSelectors;

    Conditions copy() {
      Conditions copy = new Conditions();
      copy.attestationType = attestationType;
      copy.banned = banned;
      copy.canReattest = canReattest;
      copy.expiresBefore = expiresBefore;
      copy.validAt = validAt;
      copy.selectors = selectors;
      copy.spiffeIds = spiffeIds;
      copy.withSelectors = withSelectors;
      return copy;
    }
  }

  /** Only nodes that were attested by this attestor; empty for no condition. */
  public NodeFilter attestationType(String name) {
    Conditions copy = conditions.copy();
    copy.attestationType = name.isEmpty() ? null : name;
    return new NodeFilter(copy);
  }

  /** Only nodes that are banned, or only those that are not. */
  public NodeFilter banned(boolean yes) {
    Conditions copy = conditions.copy();
    copy.banned = yes;
    return new NodeFilter(copy);
  }

  /** Only nodes that can attest again, or only those that cannot. */
  public NodeFilter canReattest(boolean yes) {
    Conditions copy = conditions.copy();
    copy.canReattest = yes;
    return new NodeFilter(copy);
  }

  /** Only nodes whose certificate ends before a time; {@link SpireDatastore#NO_TIME} for all. */
  public NodeFilter expiresBefore(Instant time) {
    Conditions copy = conditions.copy();
    copy.expiresBefore = condition(time);
    return new NodeFilter(copy);
  }

  /**
   * Only nodes whose certificate ends at a time or after it; {@link SpireDatastore#NO_TIME} for
   * all.
   */
  public NodeFilter validAt(Instant time) {
    Conditions copy = conditions.copy();
    copy.validAt = condition(time);
    return new NodeFilter(copy);
  }

  private static Instant condition(Instant time) {
    Objects.requireNonNull(time, "time");
    return time.equals(SpireDatastore.NO_TIME) ? null : time;
  }

  /**
   * Only nodes that have selectors, which match; an empty collection is refused when the list is
   * read.
   */
  public NodeFilter selectors(Collection<Selector> selectors, Match match) {
    Conditions copy = conditions.copy();
    copy.selectors = Wanted.of(selectors, match);
    return new NodeFilter(copy);
  }

  /** Only nodes with these ids; empty for no condition. */
  public NodeFilter spiffeIds(Collection<String> ids) {
    Conditions copy = conditions.copy();
    copy.spiffeIds = ids.isEmpty() ? null : new LinkedHashSet<>(ids);
    return new NodeFilter(copy);
  }

  /** Gives the nodes with their selectors. */
  public NodeFilter withSelectors() {
    Conditions copy = conditions.copy();
    copy.withSelectors = true;
    return new NodeFilter(copy);
  }

  Optional<String> attestationType() {
    return Optional.ofNullable(conditions.attestationType);
  }

  Optional<Boolean> banned() {
    return Optional.ofNullable(conditions.banned);
  }

  Optional<Boolean> canReattest() {
    return Optional.ofNullable(conditions.canReattest);
  }

  Optional<Instant> expiresBefore() {
    return Optional.ofNullable(conditions.expiresBefore);
  }

  Optional<Instant> validAt() {
    return Optional.ofNullable(conditions.validAt);
  }

  Optional<Wanted<Selector>> selectors() {
    return Optional.ofNullable(conditions.selectors);
  }

  Optional<Set<String>> spiffeIds() {
    return Optional.ofNullable(conditions.spiffeIds);
  }

  boolean isWithSelectors() {
    return conditions.withSelectors;
  }
}
