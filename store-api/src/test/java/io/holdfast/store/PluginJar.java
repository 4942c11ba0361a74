package io.holdfast.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles sources into a real jar, as a plugin's author does. */
final class PluginJar {
  private final Map<String, String> sources = new LinkedHashMap<>();
  private final List<String> providers = new ArrayList<>();

  /** A class of the jar. */
  PluginJar with(String name, String source) {
    sources.put(name, source);
    return this;
  }

  /** Names a class as provider of stores. */
  PluginJar naming(String provider) {
    providers.add(provider);
    return this;
  }

  /**
   * A provider of stores in memory; its store holds what it sees of {@code Library} as a value.
   *
   * @param opening statements that run whenever a store is opened
   */
  PluginJar withProvider(String name, String scheme, String opening) {
    String simple = name.substring(name.lastIndexOf('.') + 1);
    String source =
        """
        package %s;
        import io.holdfast.store.*;
        import java.util.*;
        public final class %s implements StoreProvider {
          @Override public Set<String> schemes() { return Set.of("%s"); }
          @Override public Set<String> options() { return Set.of(); }
          @Override public Backend open(StoreConfig config) {
            %s
            return new MemoryProvider().open(StoreConfig.of("memory:" + config.target()));
          }
        }
        """;
    return with(
            name,
            source.formatted(name.substring(0, name.lastIndexOf('.')), simple, scheme, opening))
        .naming(name);
  }

  /** Compiles and packs everything. */
  Path write(Path jar) throws IOException {
    Files.createDirectories(jar.getParent());
    Path classes = Files.createTempDirectory(jar.getParent().getParent(), "classes");
    compile(classes);
    return pack(classes, jar);
  }

  /** Changes a class in a jar, or takes it out where the edited bytes are null. */
  static void editClass(Path jar, String name, UnaryOperator<byte[]> edit) throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(jar)) {
      Path file = zip.getPath(name);
      byte[] edited = edit.apply(Files.readAllBytes(file));
      if (edited == null) {
        Files.delete(file);
      } else {
        Files.write(file, edited);
      }
    }
  }

  private void compile(Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    List<String> options =
        List.of(
            "-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
    List<JavaFileObject> files = sources.keySet().stream().map(this::file).toList();
    if (!files.isEmpty() && !compiler.getTask(errors, null, null, options, null, files).call()) {
      throw new AssertionError(errors.toString());
    }
  }

  private JavaFileObject file(String name) {
    URI uri = URI.create("string:///" + name.replace('.', '/') + ".java");
    return new SimpleJavaFileObject(uri, JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return sources.get(name);
      }
    };
  }

  private Path pack(Path classes, Path jar) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
        out.write(Files.readAllBytes(file));
      }
      if (!providers.isEmpty()) {
        out.putNextEntry(new ZipEntry("META-INF/services/" + StoreProvider.class.getName()));
        out.write(String.join("\n", providers).getBytes(UTF_8));
      }
    }
    return jar;
  }
}
