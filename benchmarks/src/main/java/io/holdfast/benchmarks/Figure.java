package io.holdfast.benchmarks;

/**
 * What is measured, beside what, and what is asked of it.
 *
 * @param what is measured, with the shape of the load
 * @param peer what it is compared with; empty for a figure that stands alone
 * @param unit of both sides, such as {@code op/s}
 * @param bound of the ratio ours / theirs when there is a peer, else of the figure itself
 */
record Figure(String what, String peer, String unit, Bound bound) {
  boolean hasPeer() {
    return !peer.isEmpty();
  }
}
