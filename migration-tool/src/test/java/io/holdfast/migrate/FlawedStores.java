package io.holdfast.migrate;

import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.datastore.proto.Envelope;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.ItemKey;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StoreProvider;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Stores in memory, each with something wrong; {@code SCHEME:NAME} lies on {@code memory:NAME}. */
final class FlawedStores {
  private FlawedStores() {}

  /** Opens {@code full:NAME}, which has room for two commits. */
  public static final class Full extends Provider {
    /** For the service loader. */
    public Full() {
      super("full");
    }

    @Override
    public Backend open(StoreConfig config) {
      return new ForwardingBackend(memory(config)) {
        private int commits;

        @Override
        public Position commit(CommitRequest request, Deadline deadline) {
          if (++commits > 2) {
            throw new StoreException.Unusable(
                Reason.FULL, config + ": no room is left on the disk: free some", null);
          }
          return super.commit(request, deadline);
        }
      };
    }
  }

  /** Opens {@code lossy:NAME}, which loses an entry, changes another and makes up a third. */
  public static final class Lossy extends Provider {
    private static final KeyRange ENTRIES = ItemKey.all("entry");

    /** For the service loader. */
    public Lossy() {
      super("lossy");
    }

    @Override
    public Backend open(StoreConfig config) {
      return new ForwardingBackend(memory(config)) {
        @Override
        public Position commit(CommitRequest request, Deadline deadline) {
          return super.commit(spoiled(request), deadline);
        }
      };
    }

    private static CommitRequest spoiled(CommitRequest request) {
      List<Mutation> entries =
          request.mutations().stream().filter(m -> ENTRIES.contains(m.key())).toList();
      if (entries.size() < 3) {
        return request;
      }
      Mutation lost = entries.get(0);
      Mutation changed = entries.get(1);
      return with(
          request,
          Stream.concat(
              Stream.of(
                  madeUp(lost),
                  Mutation.put(changed.key(), damaged(changed.value().orElseThrow()))),
              request.mutations().stream().filter(m -> m != lost && m != changed)));
    }

    private static Mutation madeUp(Mutation pattern) {
      try {
        Envelope.Builder envelope = Envelope.parseFrom(pattern.value().orElseThrow()).toBuilder();
        RegistrationEntry.Builder entry =
            RegistrationEntry.parseFrom(envelope.getRecord()).toBuilder().setEntryId("made-up");
        envelope.setRecord(entry.build().toByteString()).getImportedBuilder().setRevision(999_999);
        return Mutation.put(
            new ItemKey("entry", "made-up").toKey(), envelope.build().toByteArray());
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }

    private static byte[] damaged(byte[] value) {
      byte[] changed = value.clone();
      changed[value.length / 2] ^= 1;
      return changed;
    }
  }

  /** Opens {@code astray:NAME}, which writes an entry under the key of another one. */
  public static final class Astray extends Provider {
    private static final ItemKey ELSEWHERE = new ItemKey("entry", "elsewhere");

    /** For the service loader. */
    public Astray() {
      super("astray");
    }

    @Override
    public Backend open(StoreConfig config) {
      return new ForwardingBackend(memory(config)) {
        @Override
        public Position commit(CommitRequest request, Deadline deadline) {
          return super.commit(spoiled(request), deadline);
        }
      };
    }

    private static CommitRequest spoiled(CommitRequest request) {
      Optional<Mutation> entry =
          request.mutations().stream()
              .filter(m -> ItemKey.all("entry").contains(m.key()))
              .findFirst();
      if (entry.isEmpty()) {
        return request;
      }
      Mutation astray = Mutation.put(ELSEWHERE.toKey(), entry.get().value().orElseThrow());
      return with(
          request,
          Stream.concat(
              Stream.of(astray), request.mutations().stream().filter(m -> m != entry.get())));
    }
  }

  private static CommitRequest with(CommitRequest request, Stream<Mutation> mutations) {
    List<Mutation> sorted =
        mutations.sorted((one, other) -> one.key().compareTo(other.key())).toList();
    return new CommitRequest(
        request.bases(), request.ownLast().orElse(null), request.conditions(), sorted);
  }

  /** One of two that open {@code twice:NAME}. */
  public static final class TwiceOne extends Provider {
    /** For the service loader. */
    public TwiceOne() {
      super("twice");
    }
  }

  /** The other one. */
  public static final class TwiceTwo extends Provider {
    /** For the service loader. */
    public TwiceTwo() {
      super("twice");
    }
  }

  private abstract static class Provider implements StoreProvider {
    private final String scheme;

    Provider(String scheme) {
      this.scheme = scheme;
    }

    @Override
    public Set<String> schemes() {
      return Set.of(scheme);
    }

    @Override
    public Set<String> options() {
      return Set.of();
    }

    @Override
    public Backend open(StoreConfig config) {
      return memory(config);
    }

    static Backend memory(StoreConfig config) {
      return new MemoryProvider().open(StoreConfig.of("memory:" + config.target()));
    }
  }
}
