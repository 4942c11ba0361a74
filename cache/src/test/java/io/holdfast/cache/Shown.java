package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** What a mirror of words shows that nobody but the test changes, and what was found in it. */
final class Shown {
  final List<Drift> drifts = new CopyOnWriteArrayList<>();
  final Layout<String> layout;
  final Updater<String> updater;
  final Published<String> published;
  final PageCheck<String> check;

  /** The predicate tells which keys are secrets; null if none is. */
  Shown(KeyRange range, Predicate<Key> secret) {
    layout = new Layout<>(List.of(range), List.of(), secret, null);
    Alerts alerts = new Alerts(drifts::add);
    updater = new Updater<>(layout, Words::text, false, alerts);
    published =
        new Published<>(
            updater,
            alerts,
            state -> {},
            InstantSource.system(),
            LagBound.of(LONG, LagBound.Beyond.SERVE));
    check = new PageCheck<>(layout, published, alerts, true, position -> {});
  }

  Shown loadedFrom(Store store) {
    Loader.Loaded loaded = new Loader(store, layout.ranges(), stored -> stored).load();
    loaded.watch().close();
    return loaded(loaded.position(), loaded.entries());
  }

  Shown loaded(Position position, List<KeyValue> entries) {
    published.start(position, entries, System.nanoTime());
    return this;
  }

  void lose(int number) {
    published.mend(now -> Updater.Step.to(Corruption.withoutItem(now, Words.key(number))));
  }

  List<Key> drifted() {
    return drifts.stream().map(Drift::key).toList();
  }
}
