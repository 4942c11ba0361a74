package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntry.AdditionalAttributes;
import io.holdfast.datastore.proto.RegistrationEntryMask;
import java.util.List;

/** Updates of some fields of a registration entry. */
final class EntryMasks {
  /** Every field that can be updated. */
  static final RegistrationEntryMask ALL =
      RegistrationEntryMask.newBuilder()
          .setSelectors(true)
          .setParentId(true)
          .setSpiffeId(true)
          .setX509SvidTtl(true)
          .setFederatesWith(true)
          .setAdmin(true)
          .setDownstream(true)
          .setEntryExpiry(true)
          .setDnsNames(true)
          .setStoreSvid(true)
          .setJwtSvidTtl(true)
          .setHint(true)
          .setAdditionalAttributes(true)
          .build();

  private EntryMasks() {}

  /** What is stored, with the fields that the mask names from the update. */
  static RegistrationEntry apply(
      RegistrationEntry stored, RegistrationEntry update, RegistrationEntryMask mask) {
    RegistrationEntry.Builder merged = stored.toBuilder();
    mergeLists(merged, update, mask);
    if (mask.getParentId()) {
      merged.setParentId(update.getParentId());
    }
    if (mask.getSpiffeId()) {
      merged.setSpiffeId(update.getSpiffeId());
    }
    if (mask.getX509SvidTtl()) {
      merged.setX509SvidTtl(update.getX509SvidTtl());
    }
    if (mask.getJwtSvidTtl()) {
      merged.setJwtSvidTtl(update.getJwtSvidTtl());
    }
    if (mask.getAdmin()) {
      merged.setAdmin(update.getAdmin());
    }
    if (mask.getDownstream()) {
      merged.setDownstream(update.getDownstream());
    }
    if (mask.getEntryExpiry()) {
      merged.setEntryExpiry(update.getEntryExpiry());
    }
    if (mask.getStoreSvid()) {
      merged.setStoreSvid(update.getStoreSvid());
    }
    if (mask.getHint()) {
      merged.setHint(update.getHint());
    }
    if (mask.getAdditionalAttributes()) {
      setAttributes(merged, update);
    }
    return merged.build();
  }

  private static void mergeLists(
      RegistrationEntry.Builder merged, RegistrationEntry update, RegistrationEntryMask mask) {
    if (mask.getSelectors()) {
      merged.clearSelectors().addAllSelectors(update.getSelectorsList());
    }
    if (mask.getFederatesWith()) {
      merged.clearFederatesWith().addAllFederatesWith(distinct(update.getFederatesWithList()));
    }
    if (mask.getDnsNames()) {
      merged.clearDnsNames().addAllDnsNames(update.getDnsNamesList());
    }
  }

  /** Attributes that say nothing are not kept. */
  static void setAttributes(RegistrationEntry.Builder entry, RegistrationEntry from) {
    entry.clearAdditionalAttributes();
    AdditionalAttributes attributes = from.getAdditionalAttributes();
    if (!attributes.equals(AdditionalAttributes.getDefaultInstance())) {
      entry.setAdditionalAttributes(attributes);
    }
  }

  static List<String> distinct(List<String> values) {
    return values.stream().distinct().toList();
  }
}
