package io.holdfast.rules;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A text file of the repository, and its syntax when it is Java; for one thread. */
final class Source {
  private final String path;
  private final String text;
  private List<Node> nodes;

  /**
   * A file with this content.
   *
   * @param path from the root, with slashes
   */
  Source(String path, String text) {
    this.path = path;
    this.text = text;
  }

  String path() {
    return path;
  }

  List<String> lines() {
    return text.lines().toList();
  }

  /** The first directory of the path. */
  String module() {
    return path.substring(0, Math.max(0, path.indexOf('/')));
  }

  boolean isJava() {
    return path.endsWith(".java");
  }

  boolean isMainJava() {
    return isJava() && path.contains("/src/main/");
  }

  String packageName() {
    return String.valueOf(unit().getPackageName());
  }

  /** The names of the public types outside any other type, with their package. */
  List<String> publicTypes() {
    return unit().getTypeDecls().stream()
        .filter(ClassTree.class::isInstance)
        .map(ClassTree.class::cast)
        .filter(type -> type.getModifiers().getFlags().contains(Modifier.PUBLIC))
        .map(type -> packageName() + "." + type.getSimpleName())
        .toList();
  }

  private CompilationUnitTree unit() {
    return (CompilationUnitTree) nodes().get(0).tree();
  }

  /** The whole syntax tree, parents before children; nothing is resolved or checked. */
  List<Node> nodes() {
    if (nodes == null) {
      nodes = parse();
    }
    return nodes;
  }

  private List<Node> parse() {
    JavacTask task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(
                    null, null, null, List.of("-proc:none"), null, List.of(new InMemory(this)));
    try {
      CompilationUnitTree unit = task.parse().iterator().next();
      Collector collector = new Collector(unit, Trees.instance(task).getSourcePositions());
      collector.scan(unit, null);
      return collector.nodes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A piece of syntax and the lines that it begins and ends in, counted from 1. */
  record Node(Tree tree, long firstLine, long lastLine) {}

  private static final class Collector extends TreeScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<Node> nodes = new ArrayList<>();

    Collector(CompilationUnitTree unit, SourcePositions positions) {
      this.unit = unit;
      this.positions = positions;
    }

    @Override
    public Void scan(Tree tree, Void nothing) {
      if (tree != null) {
        long first = line(positions.getStartPosition(unit, tree));
        nodes.add(new Node(tree, first, line(positions.getEndPosition(unit, tree))));
      }
      return super.scan(tree, null);
    }

    /** Pieces that the parser made up, like a constructor nobody wrote, have no position. */
    private long line(long position) {
      return position < 0 ? 0 : unit.getLineMap().getLineNumber(position);
    }
  }

  private static final class InMemory extends SimpleJavaFileObject {
    private final String text;

    InMemory(Source source) {
      super(URI.create("string:///" + source.path), JavaFileObject.Kind.SOURCE);
      this.text = source.text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
