package io.holdfast.datastore.spire;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import java.time.InstantSource;

/** The two kinds of events. */
final class EventForms {
  private EventForms() {}

  static EventLog<RegistrationEntryEvent> ofEntries(Datastore datastore, InstantSource clock) {
    return new EventLog<>(datastore, clock, SpireTypes.ENTRY_EVENT, new EntryForm());
  }

  static EventLog<AttestedNodeEvent> ofNodes(Datastore datastore, InstantSource clock) {
    return new EventLog<>(datastore, clock, SpireTypes.NODE_EVENT, new NodeForm());
  }

  /** The events of registration entries. */
  private static final class EntryForm implements EventLog.Form<RegistrationEntryEvent> {
    @Override
    public RegistrationEntryEvent create(String key, String subject, long createdAtMillis) {
      return RegistrationEntryEvent.newBuilder()
          .setKey(key)
          .setEntryId(subject)
          .setCreatedAt(createdAtMillis)
          .build();
    }

    @Override
    public RegistrationEntryEvent pruned(RegistrationEntryEvent event, long number) {
      return event.toBuilder().setEventId(number).setPruned(true).build();
    }

    @Override
    public boolean isPruned(RegistrationEntryEvent event) {
      return event.getPruned();
    }

    @Override
    public long ownNumber(RegistrationEntryEvent event) {
      return event.getEventId();
    }

    @Override
    public String subject(RegistrationEntryEvent event) {
      return event.getEntryId();
    }

    @Override
    public long createdAtMillis(RegistrationEntryEvent event) {
      return event.getCreatedAt();
    }
  }

  /** The events of attested nodes. */
  private static final class NodeForm implements EventLog.Form<AttestedNodeEvent> {
    @Override
    public AttestedNodeEvent create(String key, String subject, long createdAtMillis) {
      return AttestedNodeEvent.newBuilder()
          .setKey(key)
          .setSpiffeId(subject)
          .setCreatedAt(createdAtMillis)
          .build();
    }

    @Override
    public AttestedNodeEvent pruned(AttestedNodeEvent event, long number) {
      return event.toBuilder().setEventId(number).setPruned(true).build();
    }

    @Override
    public boolean isPruned(AttestedNodeEvent event) {
      return event.getPruned();
    }

    @Override
    public long ownNumber(AttestedNodeEvent event) {
      return event.getEventId();
    }

    @Override
    public String subject(AttestedNodeEvent event) {
      return event.getSpiffeId();
    }

    @Override
    public long createdAtMillis(AttestedNodeEvent event) {
      return event.getCreatedAt();
    }
  }
}
