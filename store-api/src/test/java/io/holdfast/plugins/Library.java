package io.holdfast.plugins;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A library that the application has, and that plugins may bring in versions of their own. */
public final class Library {
  /** What plugins leave for the test to look at, where they use the application's copy. */
  public static final List<ClassLoader> SEEN = new CopyOnWriteArrayList<>();

  private Library() {}

  /** Whose copy this is. */
  public static String version() {
    return "the application's";
  }
}
