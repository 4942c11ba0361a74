package io.holdfast.store;

/**
 * What a transaction's body returned, and where its commit stands.
 *
 * @param value the body's result
 * @param position the commit, or where the reads were proven when nothing was written
 * @param <T> the result's type
 */
public record Committed<T>(T value, Position position) {}
