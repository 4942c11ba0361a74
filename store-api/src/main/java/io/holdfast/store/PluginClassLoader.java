package io.holdfast.store;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

/**
 * Takes classes and resources from a plugin's own jars first, and from the application only what is
 * missing there. Some packages always come from the application.
 */
final class PluginClassLoader extends URLClassLoader {
  /** This package itself; a package below it may be a plugin's. */
  private static final String API = PluginClassLoader.class.getPackageName();

  /**
   * With all packages below them: what both sides must mean the same by, and native code, of which
   * two copies in one process break each other's file locks.
   */
  private static final List<String> SHARED = List.of("org.slf4j.", "org.sqlite.");

  static {
    registerAsParallelCapable();
  }

  PluginClassLoader(List<Path> jars, ClassLoader parent) {
    super(jars.stream().map(PluginClassLoader::url).toArray(URL[]::new), parent);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static boolean isShared(String className) {
    int dot = className.lastIndexOf('.');
    return (dot >= 0 && className.substring(0, dot).equals(API))
        || SHARED.stream().anyMatch(className::startsWith);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (isShared(name)) {
      return fromApplication(name);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try {
        return findClass(name);
      } catch (ClassNotFoundException e) {
        return super.loadClass(name, resolve);
      }
    }
  }

  private Class<?> fromApplication(String name) throws ClassNotFoundException {
    try {
      return getParent().loadClass(name);
    } catch (ClassNotFoundException e) {
      throw new ClassNotFoundException(
          name + ", which a plugin always takes from the application, is not on the class path", e);
    }
  }

  @Override
  public URL getResource(String name) {
    URL own = findResource(name);
    return own == null ? getParent().getResource(name) : own;
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    List<URL> all = new ArrayList<>(Collections.list(findResources(name)));
    all.addAll(Collections.list(getParent().getResources(name)));
    return Collections.enumeration(all);
  }
}
