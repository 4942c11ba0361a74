/**
 * What the stores and the memory cost, each figure beside a plain peer that is measured in turns
 * with it in the same run.
 *
 * <p>A {@link io.holdfast.benchmarks.Group} makes {@link io.holdfast.benchmarks.Result}s, each of
 * one {@link io.holdfast.benchmarks.Figure}; {@link io.holdfast.benchmarks.Duel} alternates the two
 * sides, {@link io.holdfast.benchmarks.Load} runs one of them on several threads, {@link
 * io.holdfast.benchmarks.Report} writes the table.
 */
package io.holdfast.benchmarks;
