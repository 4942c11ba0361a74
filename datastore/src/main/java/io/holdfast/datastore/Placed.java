package io.holdfast.datastore;

import com.google.protobuf.MessageLite;

/**
 * An item and its place in the order of creation.
 *
 * @param message the item
 * @param order its place
 * @param <M> the message
 */
public record Placed<M extends MessageLite>(M message, CreationOrder order) {}
