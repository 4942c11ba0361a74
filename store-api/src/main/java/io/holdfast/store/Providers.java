package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Finds the one provider of a URL's scheme. */
final class Providers {
  private static final String NAME = StoreProvider.class.getName();

  /**
   * A provider.
   *
   * @param plugin null if it is on the class path
   */
  private record Candidate(StoreProvider provider, Plugin plugin) {
    String origin() {
      String name = provider.getClass().getName();
      return plugin == null ? name : name + " in " + plugin.path();
    }

    <T> T ask(Function<StoreProvider, T> question) {
      return plugin == null
          ? question.apply(provider)
          : plugin.inSight(() -> question.apply(provider));
    }
  }

  private Providers() {}

  /** Opens the store with the class path or one of the plugins. */
  static Backend open(StoreConfig config, Collection<Plugin> plugins) {
    return find(config, plugins).ask(provider -> provider.open(config));
  }

  /** The limits of the store that {@link #open} would create; empty if nobody can tell. */
  static Optional<Limits> limitsIfNew(StoreConfig config, Collection<Plugin> plugins) {
    return find(config, plugins).ask(provider -> provider.limitsIfNew(config));
  }

  private static Candidate find(StoreConfig config, Collection<Plugin> plugins) {
    Candidate found = find(config.scheme(), candidates(plugins));
    config.rejectUnknownOptions(found.provider.options());
    return found;
  }

  private static List<Candidate> candidates(Collection<Plugin> plugins) {
    List<Candidate> candidates = new ArrayList<>();
    onClassPath().forEach(provider -> candidates.add(new Candidate(provider, null)));
    for (Plugin plugin : plugins) {
      plugin.providers().forEach(provider -> candidates.add(new Candidate(provider, plugin)));
    }
    return candidates;
  }

  /**
   * What the thread's class loader finds, and what lies beside this class: a pool's threads may
   * have a class loader that knows none of the application's, and no store of it.
   */
  private static Collection<StoreProvider> onClassPath() {
    Map<String, StoreProvider> found = new LinkedHashMap<>();
    ClassLoader own = Providers.class.getClassLoader();
    for (ClassLoader loader : new LinkedHashSet<>(List.of(ofThread(own), own))) {
      for (StoreProvider provider : ServiceLoader.load(StoreProvider.class, loader)) {
        found.putIfAbsent(provider.getClass().getName(), provider);
      }
    }
    return found.values();
  }

  /** The thread's class loader; {@code own} where that has none, or another copy of the library. */
  private static ClassLoader ofThread(ClassLoader own) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      boolean same = loader != null && loader.loadClass(NAME) == StoreProvider.class;
      return same ? loader : own;
    } catch (ClassNotFoundException e) {
      return own;
    }
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
