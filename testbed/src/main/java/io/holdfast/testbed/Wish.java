package io.holdfast.testbed;

/**
 * What the environment asks for: an address of a running server, a folder with its binaries, the
 * word {@code download}, or nothing in particular.
 *
 * @param variable the environment variable that was read
 * @param value its value, empty if it is not set
 */
record Wish(String variable, String value) {

  static Wish of(String variable) {
    String value = System.getenv(variable);
    return new Wish(variable, value == null ? "" : value.strip());
  }

  boolean isAddress() {
    return value.contains("://");
  }

  boolean isDownload() {
    return value.equals("download");
  }

  boolean isFolder() {
    return !value.isEmpty() && !isAddress() && !isDownload();
  }

  /** Nothing, so that everything may be tried. */
  boolean isOpen() {
    return value.isEmpty();
  }

  /** The same for a server of one's own, which an address cannot be. */
  Wish withoutAddress() {
    return isAddress() ? new Wish(variable, "") : this;
  }

  @Override
  public String toString() {
    return variable + (isAddress() ? " (an address)" : "=" + value);
  }
}
