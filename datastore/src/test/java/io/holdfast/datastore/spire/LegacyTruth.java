package io.holdfast.datastore.spire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ListValue;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;

/** What SPIRE itself read from a database of its own, and which entries it gave to each agent. */
final class LegacyTruth {
  /** When SPIRE was asked. */
  static final Instant ASKED = Instant.parse("2026-11-20T00:00:00Z");

  private static final String KIND = "{\"kind\":\"";
  private static final String VALUE = "\",\"value\":";

  private LegacyTruth() {}

  /** Loads the records that decide about authorization into an empty store. */
  static void load(String name, Store store) {
    Importer load = Importer.begin(store);
    long number = 0;
    for (String line : lines(name + ".truth.jsonl.gz")) {
      int kindEnd = line.indexOf(VALUE);
      String kind = line.substring(KIND.length(), kindEnd);
      String value = line.substring(kindEnd + VALUE.length(), line.lastIndexOf('}'));
      add(load, kind, value, ++number);
    }
    load.finish();
  }

  private static void add(Importer load, String kind, String json, long number) {
    switch (kind) {
      case "bundle" -> load.add(SpireTypes.BUNDLE, number, read(json, Bundle.newBuilder()).build());
      case "entry" ->
          load.add(SpireTypes.ENTRY, number, read(json, RegistrationEntry.newBuilder()).build());
      case "node" -> {
        AttestedNode node = read(json, AttestedNode.newBuilder()).build();
        load.add(SpireTypes.NODE, number, node.toBuilder().clearSelectors().build());
        if (node.getSelectorsCount() > 0) {
          load.add(SpireTypes.NODE_SELECTORS, number, selectorsOf(node));
        }
      }
      case "node_selectors" ->
          load.add(
              SpireTypes.NODE_SELECTORS, number, read(json, NodeSelectors.newBuilder()).build());
      default -> {} // says nothing about authorization
    }
  }

  private static NodeSelectors selectorsOf(AttestedNode node) {
    return NodeSelectors.newBuilder()
        .setSpiffeId(node.getSpiffeId())
        .addAllSelectors(node.getSelectorsList())
        .build();
  }

  /** The ids of the entries of each agent, in the order of the file. */
  static Map<String, Set<String>> entitled(String name) {
    Map<String, Set<String>> entitled = new LinkedHashMap<>();
    for (String line : lines(name + ".entitled.jsonl.gz")) {
      Map<String, Value> fields = read(line, Struct.newBuilder()).build().getFieldsMap();
      ListValue entries = fields.get("entries").getListValue();
      Set<String> ids = new TreeSet<>();
      entries.getValuesList().forEach(id -> ids.add(id.getStringValue()));
      entitled.put(fields.get("agent").getStringValue(), ids);
    }
    return entitled;
  }

  private static <B extends Message.Builder> B read(String json, B builder) {
    try {
      JsonFormat.parser().merge(json, builder);
      return builder;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  private static List<String> lines(String file) {
    try (InputStream in = LegacyTruth.class.getResourceAsStream("/legacy/" + file);
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
