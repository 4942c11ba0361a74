package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.NO_VALUE;
import static io.holdfast.migrate.LegacyReport.Dirt.OTHER_TRUST_DOMAIN;
import static io.holdfast.migrate.LegacyReport.Dirt.UNREADABLE;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.FederationRelationship;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntry.AdditionalAttributes;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.migrate.LegacyRows.BadRow;
import java.sql.SQLException;

/** Turns rows of a legacy database into messages, as SPIRE does. */
final class LegacyMessages {
  private LegacyMessages() {}

  /**
   * Reads a bundle. One whose data names another trust domain than its row, or none, is that of the
   * row without anything in it: entries and relationships mean the row, and nobody may come to
   * trust the keys of one trust domain for another.
   */
  static Bundle bundle(LegacyRows row) throws SQLException, BadRow {
    String domain = row.idText("trust_domain");
    try {
      Bundle bundle = Bundle.parseFrom(row.bytes("data"));
      if (bundle.getTrustDomainId().equals(domain)) {
        return LegacyTaints.putRight(bundle, row);
      }
      boolean isNone = bundle.getTrustDomainId().isEmpty();
      row.dirt(OTHER_TRUST_DOMAIN, isNone ? "data names none" : "data names another");
      return Bundle.newBuilder().setTrustDomainId(domain).build();
    } catch (InvalidProtocolBufferException e) {
      throw new BadRow(UNREADABLE, "data is not a bundle", e);
    }
  }

  static void fillEntry(RegistrationEntry.Builder entry, LegacyRows row)
      throws SQLException, BadRow {
    entry
        .setEntryId(row.idText("entry_id"))
        .setSpiffeId(row.text("spiffe_id"))
        .setParentId(row.text("parent_id"))
        .setX509SvidTtl(row.small("ttl"))
        .setJwtSvidTtl(row.small("jwt_svid_ttl"))
        .setAdmin(row.flag("admin"))
        .setDownstream(row.flag("downstream"))
        .setStoreSvid(row.flag("store_svid"))
        .setEntryExpiry(row.whole("expiry"))
        .setRevisionNumber(row.whole("revision_number"))
        .setHint(row.text("hint"))
        .setCreatedAt(row.time("created_at").map(LegacyTime::roundedSeconds).orElse(0L));
    byte[] attributes = row.bytes("additional_attributes");
    if (attributes.length > 0) {
      try {
        entry.setAdditionalAttributes(AdditionalAttributes.parseFrom(attributes));
      } catch (InvalidProtocolBufferException e) {
        throw new BadRow(UNREADABLE, "additional_attributes are no such message", e);
      }
    }
  }

  static void fillNode(AttestedNode.Builder node, LegacyRows row) throws SQLException, BadRow {
    node.setSpiffeId(row.idText("spiffe_id"))
        .setAttestationDataType(row.text("data_type"))
        .setCertSerialNumber(row.text("serial_number"))
        .setCertNotAfter(seconds(row, "expires_at"))
        .setNewCertSerialNumber(row.text("new_serial_number"))
        .setNewCertNotAfter(seconds(row, "new_expires_at"))
        .setCanReattest(row.flag("can_reattest"))
        .setAgentVersion(row.text("agent_version"));
  }

  private static long seconds(LegacyRows row, String column) throws SQLException, BadRow {
    return row.time(column).map(time -> time.getEpochSecond()).orElse(0L);
  }

  static Selector selector(LegacyRows row) throws SQLException, BadRow {
    String type = row.textOrNull("type");
    if (type == null) {
      throw new BadRow(NO_VALUE, "type", null);
    }
    String value = row.textOrNull("value");
    if (value == null) {
      throw new BadRow(UNREADABLE, "value is NULL, which SPIRE refuses to read", null);
    }
    return Selector.newBuilder().setType(type).setValue(value).build();
  }

  static String dnsName(LegacyRows row) throws SQLException, BadRow {
    String name = row.textOrNull("value");
    if (name == null) {
      throw new BadRow(NO_VALUE, "value", null);
    }
    return name;
  }

  static JoinToken joinToken(LegacyRows row) throws SQLException, BadRow {
    return JoinToken.newBuilder()
        .setToken(row.idText("token"))
        .setExpiry(row.whole("expiry"))
        .build();
  }

  /** Reads a relationship; a row that SPIRE refuses to read hides all others in its lists. */
  static FederationRelationship federation(LegacyRows row) throws SQLException, BadRow {
    String trustDomain = row.idText("trust_domain");
    String profile = row.text("bundle_endpoint_profile");
    // SPIRE leaves the id in the row when the profile changes, and does not show it then.
    String endpoint = profile.equals("https_spiffe") ? row.text("endpoint_spiffe_id") : "";
    String url = row.text("bundle_endpoint_url");
    if (!SpiffeIds.isTrustDomain(trustDomain)) {
      throw new BadRow(UNREADABLE, "trust_domain is no name of one", null);
    }
    if (!profile.equals("https_web") && !profile.equals("https_spiffe")) {
      throw new BadRow(UNREADABLE, "bundle_endpoint_profile is none", null);
    }
    if (profile.equals("https_spiffe") && SpiffeIds.trustDomainOf(endpoint).isEmpty()) {
      throw new BadRow(UNREADABLE, "endpoint_spiffe_id is no SPIFFE ID", null);
    }
    if (!Urls.isOne(url)) {
      throw new BadRow(UNREADABLE, "bundle_endpoint_url is no URL", null);
    }
    return FederationRelationship.newBuilder()
        .setTrustDomain(trustDomain)
        .setBundleEndpointUrl(url)
        .setBundleEndpointProfile(profile)
        .setEndpointSpiffeId(endpoint)
        .build();
  }

  static CAJournal journal(LegacyRows row) throws SQLException, BadRow {
    return CAJournal.newBuilder()
        .setId(row.number("id"))
        .setData(ByteString.copyFrom(row.bytes("data")))
        .setActiveX509AuthorityId(row.text("active_x509_authority_id"))
        .build();
  }

  private static long millis(LegacyRows row) throws SQLException, BadRow {
    return row.time("created_at").map(time -> time.toEpochMilli()).orElse(0L);
  }

  static RegistrationEntryEvent entryEvent(LegacyRows row) throws SQLException, BadRow {
    return RegistrationEntryEvent.newBuilder()
        .setEventId(row.number("id"))
        .setEntryId(row.text("entry_id"))
        .setCreatedAt(millis(row))
        .build();
  }

  static AttestedNodeEvent nodeEvent(LegacyRows row) throws SQLException, BadRow {
    return AttestedNodeEvent.newBuilder()
        .setEventId(row.number("id"))
        .setSpiffeId(row.text("spiffe_id"))
        .setCreatedAt(millis(row))
        .build();
  }
}
