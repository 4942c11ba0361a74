package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Finds the one provider of a URL's scheme. */
final class Providers {
  /** A provider, and who opens a store with it. */
  private record Candidate(
      StoreProvider provider, String origin, Function<StoreConfig, Backend> open) {
    static Candidate onClassPath(StoreProvider provider) {
      return new Candidate(provider, provider.getClass().getName(), provider::open);
    }

    static Candidate in(Plugin plugin, StoreProvider provider) {
      return new Candidate(
          provider,
          provider.getClass().getName() + " in " + plugin.path(),
          config -> plugin.open(provider, config));
    }
  }

  private Providers() {}

  /** Opens the store with the class path or one of the plugins. */
  static Backend open(StoreConfig config, Collection<Plugin> plugins) {
    Candidate found = find(config.scheme(), candidates(plugins));
    config.rejectUnknownOptions(found.provider.options());
    return found.open.apply(config);
  }

  private static List<Candidate> candidates(Collection<Plugin> plugins) {
    List<Candidate> candidates = new ArrayList<>();
    for (StoreProvider provider : ServiceLoader.load(StoreProvider.class)) {
      candidates.add(Candidate.onClassPath(provider));
    }
    for (Plugin plugin : plugins) {
      plugin.providers().forEach(provider -> candidates.add(Candidate.in(plugin, provider)));
    }
    return candidates;
  }

  private static Candidate find(String scheme, List<Candidate> candidates) {
    Set<String> known = new TreeSet<>();
    candidates.forEach(candidate -> known.addAll(candidate.provider.schemes()));
    List<Candidate> found =
        candidates.stream()
            .filter(candidate -> candidate.provider.schemes().contains(scheme))
            .toList();
    if (found.isEmpty()) {
      throw unusable(
          Reason.URL,
          "no store for URLs that begin with "
              + scheme
              + ": known are "
              + known
              + "; is the module that brings it on the class path, or in the folder of plugins?");
    }
    if (found.size() > 1) {
      throw unusable(
          Reason.SEVERAL_PROVIDERS,
          "several stores for URLs that begin with "
              + scheme
              + ": "
              + found.stream().map(Candidate::origin).sorted().toList()
              + "; keep one of them");
    }
    return found.get(0);
  }

  private static StoreException unusable(Reason reason, String message) {
    return new StoreException.Unusable(reason, message, null);
  }
}
