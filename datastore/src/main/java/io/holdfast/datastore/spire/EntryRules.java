package io.holdfast.datastore.spire;

import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryMask;
import io.holdfast.datastore.proto.Selector;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;

/** What a registration entry has to be, checked in SPIRE's order and told in its words. */
final class EntryRules {
  private static final int ID_BYTES_MAX = 255;
  private static final int ATTRIBUTES_BYTES_MAX = 65_535;
  private static final Pattern ID = Pattern.compile("[-.0-9A-Z_a-z]*");
  private static final String ENTRY = "invalid registration entry: ";

  private EntryRules() {}

  /** Checks what is to be created, before anything is looked up. */
  static void checkCreated(RegistrationEntry entry) {
    checkPresent(entry);
    check(entry.getSelectorsCount() > 0, ENTRY + "missing selector list");
    check(
        !(entry.getStoreSvid() && entry.getAdditionalAttributes().getDisableX509SvidPrefetch()),
        "specifying cache behaviour is incompatible with storable SVIDs");
    checkStorable(entry);
    String id = entry.getEntryId();
    check(id.getBytes(StandardCharsets.UTF_8).length <= ID_BYTES_MAX, ENTRY + "entry ID too long");
    check(ID.matcher(id).matches(), ENTRY + "entry ID contains invalid characters");
    check(!entry.getSpiffeId().isEmpty(), ENTRY + "missing SPIFFE ID");
    checkTtls(entry, true, true);
    checkAttributes(entry);
  }

  /** Checks what is to be written of an update. */
  static void checkUpdate(RegistrationEntry entry, RegistrationEntryMask mask) {
    checkPresent(entry);
    check(!mask.getSelectors() || entry.getSelectorsCount() > 0, ENTRY + "missing selector list");
    check(!mask.getSpiffeId() || !entry.getSpiffeId().isEmpty(), ENTRY + "missing SPIFFE ID");
    checkTtls(entry, mask.getX509SvidTtl(), mask.getJwtSvidTtl());
  }

  /** Checks what an update would leave. */
  static void checkUpdated(RegistrationEntry entry) {
    checkStorable(entry);
    checkAttributes(entry);
  }

  /** Checks that no selector and no DNS name comes twice. */
  static void checkDistinct(RegistrationEntry entry) {
    checkDistinct(entry.getSelectorsList(), "selector");
    checkDistinct(entry.getDnsNamesList(), "DNS name");
  }

  /**
   * Checks that the bundles exist that an entry hands out.
   *
   * @param known bundles that exist as long as the stored entry does
   */
  static void checkBundles(ItemTransaction tx, RegistrationEntry entry, List<String> known) {
    for (String id : entry.getFederatesWithList()) {
      if (!known.contains(id) && tx.get(SpireTypes.BUNDLE, id).isEmpty()) {
        throw Refusal.unknown("unable to find federated bundle " + Quoted.of(id));
      }
    }
  }

  private static void checkPresent(RegistrationEntry entry) {
    check(entry != null, "invalid request: missing registered entry");
  }

  private static void checkTtls(RegistrationEntry entry, boolean x509, boolean jwt) {
    check(!x509 || entry.getX509SvidTtl() >= 0, ENTRY + "X509SvidTtl is not set");
    check(!jwt || entry.getJwtSvidTtl() >= 0, ENTRY + "JwtSvidTtl is not set");
  }

  /** A store takes selectors of one plugin. */
  private static void checkStorable(RegistrationEntry entry) {
    long types = entry.getSelectorsList().stream().map(Selector::getType).distinct().count();
    check(
        !entry.getStoreSvid() || types <= 1,
        ENTRY + "selector types must be the same when store SVID is enabled");
  }

  private static void checkAttributes(RegistrationEntry entry) {
    check(
        entry.getAdditionalAttributes().getSerializedSize() <= ATTRIBUTES_BYTES_MAX,
        ENTRY
            + "additional attributes size exceeds the maximum allowed size of "
            + ATTRIBUTES_BYTES_MAX
            + " bytes");
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw Refusal.invalid("datastore-validation: " + otherwise);
    }
  }

  /** Checks that no element of a list comes twice. */
  static <T> void checkDistinct(List<T> elements, String what) {
    if (new HashSet<>(elements).size() < elements.size()) {
      throw Refusal.exists("a " + what + " of the same value");
    }
  }
}
