/**
 * The store: one ordered map from bytes to bytes with a single history of commits, kept in the
 * database that the application already runs.
 *
 * <p>There are eight verbs: put, get, count, delete, begin, commit, abort and watch; beside them
 * only {@code status} and {@code close}. The nouns:
 *
 * <ul>
 *   <li>{@link io.holdfast.store.Store}: opened by URL; carries the verbs.
 *   <li>{@link io.holdfast.store.Key} and {@link io.holdfast.store.KeyRange}: bytes in unsigned
 *       order, and a half-open stretch of them. {@link io.holdfast.store.ItemKey} and {@link
 *       io.holdfast.store.IndexKey} are the two kinds of keys that records use.
 *   <li>{@link io.holdfast.store.KeyValue} and {@link io.holdfast.store.Page}: what a read gives.
 *   <li>{@link io.holdfast.store.Revision} and {@link io.holdfast.store.Position}: a place in the
 *       order of commits, and the same with the token that proves which history it belongs to.
 *   <li>{@link io.holdfast.store.Transaction}: reads, expectations and writes at one moment.
 *   <li>{@link io.holdfast.store.Watch} and {@link io.holdfast.store.WatchBatch}: the commits above
 *       a position, each one whole.
 *   <li>{@link io.holdfast.store.StoreException} and its kinds.
 * </ul>
 *
 * <p>Who writes a store implements {@link io.holdfast.store.Backend} and {@link
 * io.holdfast.store.StoreProvider}; {@link io.holdfast.store.StorePlugins} opens stores that lie as
 * jars in a folder. The contract is in {@code docs/contract.md}, in numbered rules. {@code
 * memory:NAME} is the model: small, in this package, and meant for unit tests.
 *
 * <p>Nothing is null unless a parameter's description says so.
 */
package io.holdfast.store;
