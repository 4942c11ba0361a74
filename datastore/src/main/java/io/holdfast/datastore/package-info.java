/**
 * Typed records over a store: item types with indexes, read from memory, written in one round trip.
 *
 * <p>The nouns:
 *
 * <ul>
 *   <li>{@link io.holdfast.datastore.ItemType} and {@link io.holdfast.datastore.Index}: what kind
 *       of records there are, how they are found, and what must hold for them.
 *   <li>{@link io.holdfast.datastore.Datastore}: the records of a store, of several types, in
 *       memory; {@link io.holdfast.datastore.Items}: those of one type.
 *   <li>{@link io.holdfast.datastore.View} and {@link io.holdfast.datastore.Query}: all of it as
 *       one commit left it, and what to read from it; {@link io.holdfast.datastore.Slice} is a
 *       page.
 *   <li>{@link io.holdfast.datastore.ItemTransaction}: several reads and writes in one commit.
 *   <li>{@link io.holdfast.datastore.ItemChanges}: what changed, commit by commit.
 *   <li>{@link io.holdfast.datastore.Importer} and {@link io.holdfast.datastore.StoredItems}: into
 *       an empty store, and out of one, without memory for all of it.
 * </ul>
 *
 * <p>Lists are in the order of creation ({@link io.holdfast.datastore.CreationOrder}), which is the
 * order of the commits, also across servers whose clocks differ.
 */
package io.holdfast.datastore;
