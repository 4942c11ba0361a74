package io.holdfast.migrate;

import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.proto.Bundle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The items that the target is too small for, which is few of them: they are kept in memory. */
final class Refusals {
  /** The reason of what is too large itself. */
  static final String TOO_LARGE = "TOO_LARGE";

  private static final int EXAMPLES_MAX = 5;

  private final Map<ItemType<?>, Set<Long>> numbers = new HashMap<>();
  private final Map<ItemType<?>, List<String>> examples = new LinkedHashMap<>();
  private final Set<String> bundles = new HashSet<>();

  /** Notes that an item was refused, and why. */
  void add(SpireItem<?> item, String why) {
    numbers.computeIfAbsent(item.type(), type -> new HashSet<>()).add(item.number());
    List<String> some = examples.computeIfAbsent(item.type(), type -> new ArrayList<>());
    if (some.size() < EXAMPLES_MAX) {
      some.add(item + ": " + why);
    }
    if (item.message() instanceof Bundle bundle) {
      bundles.add(bundle.getTrustDomainId());
    }
  }

  boolean contains(SpireItem<?> item) {
    return numbers.getOrDefault(item.type(), Set.of()).contains(item.number());
  }

  /** Ids of the refused bundles, now and later. */
  Set<String> bundles() {
    return bundles;
  }

  /** What was left out, by type. */
  List<MigrationReport.Skip> skips(long linksCut) {
    List<MigrationReport.Skip> skips = new ArrayList<>();
    examples.forEach(
        (type, some) ->
            skips.add(
                new MigrationReport.Skip(
                    type.name(),
                    TOO_LARGE,
                    "is larger than the target takes",
                    numbers.get(type).size(),
                    some)));
    if (linksCut > 0) {
      skips.add(
          new MigrationReport.Skip(
              LegacyTable.LINKS.sqlName(),
              "BUNDLE_TOO_LARGE",
              "links an entry to a bundle that is larger than the target takes",
              linksCut,
              List.of()));
    }
    return skips;
  }
}
