package io.holdfast.store.etcd;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An etcd version, and what is known to be wrong with it.
 *
 * @param major the first number
 * @param minor the second
 * @param patch the third
 */
record ServerVersion(int major, int minor, int patch) implements Comparable<ServerVersion> {
  /**
   * A fault, and where it is mended.
   *
   * @param mended34 the first version of 3.4 without it
   * @param mended35 the first version of 3.5 without it
   * @param what happens
   */
  private record Fault(ServerVersion mended34, ServerVersion mended35, String what) {
    boolean isIn(ServerVersion version) {
      ServerVersion mended = version.minor <= 4 ? mended34 : mended35;
      return version.compareTo(mended) < 0;
    }
  }

  private static final Pattern TEXT = Pattern.compile("(\\d{1,5})\\.(\\d{1,5})\\.(\\d{1,5}).*");

  /** Those that break what a store promises; the worst first. */
  private static final List<Fault> FAULTS =
      List.of(
          new Fault(
              new ServerVersion(3, 4, 0),
              new ServerVersion(3, 5, 3),
              "loses data when a member is killed under load"),
          new Fault(
              new ServerVersion(3, 4, 31),
              new ServerVersion(3, 5, 13),
              "loses watch events when it compacts"),
          new Fault(
              new ServerVersion(3, 4, 36),
              new ServerVersion(3, 5, 18),
              "loses deletions at the revision that it compacts at"));

  static Optional<ServerVersion> parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new ServerVersion(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3))))
        : Optional.empty();
  }

  /** Why this version should not hold a store; empty if nothing is known against it. */
  Optional<String> fault() {
    return FAULTS.stream()
        .filter(fault -> fault.isIn(this))
        .findFirst()
        .map(fault -> "etcd " + this + " " + fault.what() + "; " + advice());
  }

  private static String advice() {
    Fault last = FAULTS.get(FAULTS.size() - 1);
    return "use " + last.mended35 + " or newer (of 3.4: " + last.mended34 + ")";
  }

  @Override
  public int compareTo(ServerVersion other) {
    if (major != other.major) {
      return Integer.compare(major, other.major);
    }
    return minor == other.minor
        ? Integer.compare(patch, other.patch)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
