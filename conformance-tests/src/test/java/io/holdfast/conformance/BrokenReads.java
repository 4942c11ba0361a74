package io.holdfast.conformance;

import static java.util.function.Predicate.not;

import io.holdfast.store.Backend;
import io.holdfast.store.Count;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** Stores whose keys, values or reads are wrong. */
final class BrokenReads {
  static final List<BrokenStore> ALL =
      List.of(
          BrokenStore.of("NUL cut", "K1", keys(text -> cut(text, text.indexOf(0, 1)))),
          BrokenStore.of("case folded", "K1", keys(text -> text.toLowerCase(Locale.ROOT))),
          BrokenStore.of("blanks trimmed", "K1", keys(BrokenReads::trim)),
          BrokenStore.of("signed byte order", "K1", signedOrder()),
          BrokenStore.of("empty = missing", "K2", emptyIsMissing()),
          BrokenStore.of("prefix bound at 0xFF", "K3", prefixBound()),
          BrokenStore.shared("caller's array aliased", "K4", BrokenReads::sharedArrays),
          BrokenStore.of("stale reload", "R1", BrokenReads::cachedUntilOwnCommit),
          BrokenStore.of("reload goes back", "R1", BrokenReads::everyFifthIsOlder),
          BrokenStore.of("snapshot mixing two states", "R2", BrokenReads::mixedPages),
          BrokenStore.of("page names a later position", "R2", latePosition()),
          BrokenStore.of("large page put together of two", "R2", pagesOfTwo()),
          BrokenStore.of("count names an earlier position", "R2", earlyCounts()),
          BrokenStore.of("truncated page", "R3", truncated()),
          BrokenStore.of("page-boundary skip", "R3", skipsPrefix()),
          BrokenStore.of("limit ignored", "R3", largePages()),
          BrokenStore.shared("version restarts after delete", "R4", BrokenReads::oldCreation),
          BrokenStore.of("count off by one", "R5", countsTheEnd()));

  private BrokenReads() {}

  private static String cut(String text, int at) {
    return at < 0 ? text : text.substring(0, at);
  }

  private static String trim(String text) {
    String stripped = text.replaceAll(" +$", "");
    return stripped.isEmpty() ? text : stripped;
  }

  /** Takes keys for the text that a column makes of them. */
  private static UnaryOperator<Backend> keys(UnaryOperator<String> column) {
    UnaryOperator<Key> mapped =
        key ->
            Key.ofBytes(
                column
                    .apply(new String(key.toBytes(), StandardCharsets.ISO_8859_1))
                    .getBytes(StandardCharsets.ISO_8859_1));
    return store -> new MappedKeys(store, mapped);
  }

  private static UnaryOperator<Backend> signedOrder() {
    Comparator<KeyValue> signed = (a, b) -> Arrays.compare(a.key().toBytes(), b.key().toBytes());
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          return Faults.with(page, page.entries().stream().sorted(signed).toList());
        });
  }

  private static UnaryOperator<Backend> emptyIsMissing() {
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          return Faults.with(
              page, page.entries().stream().filter(e -> e.valueLength() > 0).toList());
        });
  }

  /** Ends a prefix's range at the prefix followed by 0xFF. */
  private static UnaryOperator<Backend> prefixBound() {
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          return Faults.with(
              page, page.entries().stream().filter(not(e -> isBehind(range, e.key()))).toList());
        });
  }

  static boolean isBehind(KeyRange range, Key key) {
    return range
        .start()
        .filter(key::startsWith)
        .filter(start -> key.length() > start.length())
        .filter(start -> key.byteAt(start.length()) == (byte) 0xFF)
        .isPresent();
  }

  /** Keeps one array for each key, and writes new values into it. */
  private static UnaryOperator<Backend> sharedArrays() {
    Map<Key, byte[]> arrays = new ConcurrentHashMap<>();
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          List<KeyValue> entries = new ArrayList<>();
          for (KeyValue entry : page.entries()) {
            byte[] value = entry.value();
            byte[] kept = arrays.computeIfAbsent(entry.key(), k -> new byte[value.length]);
            if (kept.length == value.length) {
              System.arraycopy(value, 0, kept, 0, kept.length);
              long created = entry.created().number();
              entries.add(KeyValue.adopt(entry.key(), kept, created, entry.modified().number()));
            } else {
              entries.add(entry);
            }
          }
          return Faults.with(page, entries);
        });
  }

  private record Asked(KeyRange range, int max) {}

  /** Each handle reads what it has read before, until it commits itself. */
  private static Backend cachedUntilOwnCommit(Backend store) {
    Map<Asked, Page> cache = new ConcurrentHashMap<>();
    Backend reads =
        Faults.read(
                (s, range, max, deadline) -> {
                  Page page = cache.get(new Asked(range, max));
                  if (page == null) {
                    page = s.read(range, max, deadline);
                    cache.put(new Asked(range, max), page);
                  }
                  return page;
                })
            .apply(store);
    return Faults.commit(
            (s, request, deadline) -> {
              Position position = s.commit(request, deadline);
              cache.clear();
              return position;
            })
        .apply(reads);
  }

  private static Backend everyFifthIsOlder(Backend store) {
    Map<Asked, Page> before = new ConcurrentHashMap<>();
    AtomicInteger reads = new AtomicInteger();
    return Faults.read(
            (s, range, max, deadline) -> {
              Page page = s.read(range, max, deadline);
              Page older = before.put(new Asked(range, max), page);
              return older != null && reads.incrementAndGet() % 5 == 0 ? older : page;
            })
        .apply(store);
  }

  /** The first entry of a page is what it was at the read before. */
  private static Backend mixedPages(Backend store) {
    Map<KeyRange, KeyValue> firsts = new ConcurrentHashMap<>();
    return Faults.read(
            (s, range, max, deadline) -> {
              Page page = s.read(range, max, deadline);
              if (page.entries().size() < 2) {
                return page;
              }
              List<KeyValue> entries = new ArrayList<>(page.entries());
              KeyValue older = firsts.put(range, entries.get(0));
              if (older != null && older.key().equals(entries.get(0).key())) {
                entries.set(0, older);
              }
              return Faults.with(page, entries);
            })
        .apply(store);
  }

  /** Takes the position after it has read the entries, and so perhaps a later one. */
  private static UnaryOperator<Backend> latePosition() {
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          Position later = store.status(deadline).head();
          Position wrong =
              page.entries().isEmpty() ? Position.of(later.revision().number() + 1, 7) : later;
          return page.rest().isPresent()
              ? Page.truncated(page.entries(), wrong, page.rest().get())
              : Page.last(page.entries(), wrong);
        });
  }

  /** Takes the position before it counts. */
  private static UnaryOperator<Backend> earlyCounts() {
    return Faults.count(
        (store, range, deadline) -> {
          Position before = store.status(deadline).head();
          LockSupport.parkNanos(100_000);
          return new Count(store.count(range, deadline).count(), before);
        });
  }

  /** Reads so many entries at once, and what is beyond them a moment later. */
  private static UnaryOperator<Backend> pagesOfTwo() {
    int atOnce = 100;
    return Faults.read(
        (store, range, max, deadline) -> {
          Page first = store.read(range, Math.min(max, atOnce), deadline);
          if (first.rest().isEmpty() || max <= atOnce) {
            return first;
          }
          LockSupport.parkNanos(200_000);
          Page second = store.read(first.rest().get(), max - atOnce, deadline);
          List<KeyValue> entries = new ArrayList<>(first.entries());
          entries.addAll(second.entries());
          return Faults.with(second, entries);
        });
  }

  /** Does not tell that the driver stopped at its own limit. */
  private static UnaryOperator<Backend> truncated() {
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          return Page.last(page.entries(), page.position());
        });
  }

  /** Goes on behind all keys that begin with the last one. */
  private static UnaryOperator<Backend> skipsPrefix() {
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          if (page.rest().isEmpty()) {
            return page;
          }
          Key last = page.entries().get(page.entries().size() - 1).key();
          Key behind = KeyRange.prefix(last).end().orElse(last);
          return Page.truncated(page.entries(), page.position(), range.after(behind));
        });
  }

  private static UnaryOperator<Backend> largePages() {
    return Faults.read((store, range, max, deadline) -> store.read(range, max * 2, deadline));
  }

  /** A key that was deleted and put again goes on where it was. */
  private static UnaryOperator<Backend> oldCreation() {
    Map<Key, Long> created = new HashMap<>();
    return Faults.read(
        (store, range, max, deadline) -> {
          Page page = store.read(range, max, deadline);
          List<KeyValue> entries = new ArrayList<>();
          synchronized (created) {
            for (KeyValue entry : page.entries()) {
              long first = created.computeIfAbsent(entry.key(), k -> entry.created().number());
              entries.add(
                  KeyValue.of(entry.key(), entry.value(), new Revision(first), entry.modified()));
            }
          }
          return Faults.with(page, entries);
        });
  }

  /** Counts up to the end and with it. */
  private static UnaryOperator<Backend> countsTheEnd() {
    return Faults.count(
        (store, range, deadline) -> {
          Count count = store.count(range, deadline);
          boolean more =
              range
                  .end()
                  .map(KeyRange::single)
                  .map(end -> store.count(end, deadline).count() > 0)
                  .orElse(false);
          return new Count(count.count() + (more ? 1 : 0), count.position());
        });
  }
}
