/**
 * The mirror: an exact, ordered copy of a store's ranges in memory, which follows the store commit
 * by commit, checks itself against it, and mends itself.
 *
 * <ul>
 *   <li>{@link io.holdfast.cache.Mirror}: opened over a store; keeps the copy.
 *   <li>{@link io.holdfast.cache.Snapshot}: everything as of one commit; made of {@link
 *       io.holdfast.cache.Entry entries}, ordered by key and by each {@link
 *       io.holdfast.cache.Index}.
 *   <li>{@link io.holdfast.cache.Freshness}: how new a snapshot has to be.
 *   <li>{@link io.holdfast.cache.Subscription}: the {@link io.holdfast.cache.Changes} of a range,
 *       commit by commit.
 *   <li>{@link io.holdfast.cache.MirrorState}, {@link io.holdfast.cache.Drift} and {@link
 *       io.holdfast.cache.Verification}: how it is doing, and what was wrong.
 * </ul>
 *
 * <p>A mirror writes nothing. Nothing is null unless a parameter's description says so.
 */
package io.holdfast.cache;
