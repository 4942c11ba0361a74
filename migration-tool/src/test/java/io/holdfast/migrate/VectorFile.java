package io.holdfast.migrate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** A recorded scenario: requests with what they must answer. */
final class VectorFile {
  private static final Path FOLDER = Path.of("src/test/resources/vectors");

  private final Path path;

  private VectorFile(Path path) {
    this.path = path;
  }

  /** All files, by name. */
  static List<VectorFile> all() throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .filter(file -> file.toString().contains(".jsonl"))
          .sorted()
          .map(VectorFile::new)
          .toList();
    }
  }

  String name() {
    String name = path.getFileName().toString();
    return name.substring(0, name.indexOf('.'));
  }

  /** Its requests, in order. */
  List<JsonObject> requests() {
    try (InputStream bytes = Files.newInputStream(path);
        InputStream plain = path.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .skip(1)
          .map(JsonParser::parseString)
          .map(JsonElement::getAsJsonObject)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
