/**
 * The conformance kit: proves that a store keeps the contract, ours or a plugin's.
 *
 * <p>An author of a store writes one test class and runs it with JUnit:
 *
 * <pre>{@code
 * final class SqliteConformanceTest implements StoreConformance {
 *   @Override
 *   public StoreHarness harness() {
 *     return new FolderHarness(new SqlProvider(), folder -> "sqlite:" + folder.resolve("shop.db"));
 *   }
 * }
 * }</pre>
 *
 * <p>{@link io.holdfast.conformance.StoreHarness} says how data are made, opened, copied and put
 * back. Each test carries the id of the rule in {@code docs/contract.md} that it proves; a failure
 * quotes the rule. After every test the whole store is audited. System properties (or JUnit
 * configuration parameters) change how the kit runs:
 *
 * <ul>
 *   <li>{@code holdfast.conformance.scale}: how long the random and concurrent histories are; 1 is
 *       the default, 10 is a night's work;
 *   <li>{@code holdfast.conformance.seed}: repeats the random choices of a failure that printed it;
 *   <li>{@code holdfast.conformance.patience}: how many milliseconds to wait for what must happen,
 *       30,000 by default;
 *   <li>{@code holdfast.conformance.report}: a folder for a table of the tests by rule, one file
 *       for each store; none by default.
 * </ul>
 */
package io.holdfast.conformance;
