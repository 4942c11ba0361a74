package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/** Finds the one provider of a URL's scheme. */
final class Providers {
  private Providers() {}

  static Backend open(StoreConfig config) {
    StoreProvider provider = find(config.scheme());
    config.rejectUnknownOptions(provider.options());
    return provider.open(config);
  }

  private static StoreProvider find(String scheme) {
    List<StoreProvider> found = new ArrayList<>();
    Set<String> known = new TreeSet<>();
    for (StoreProvider provider : ServiceLoader.load(StoreProvider.class)) {
      known.addAll(provider.schemes());
      if (provider.schemes().contains(scheme)) {
        found.add(provider);
      }
    }
    if (found.isEmpty()) {
      throw unusable(
          Reason.URL,
          "no store for URLs that begin with "
              + scheme
              + ": known are "
              + known
              + "; is the module that brings it on the class path?");
    }
    if (found.size() > 1) {
      throw unusable(
          Reason.SEVERAL_PROVIDERS,
          "several stores for URLs that begin with "
              + scheme
              + ": "
              + found.stream().map(p -> p.getClass().getName()).sorted().toList()
              + "; leave one of them on the class path");
    }
    return found.get(0);
  }

  private static StoreException unusable(Reason reason, String message) {
    return new StoreException.Unusable(reason, message, null);
  }
}
