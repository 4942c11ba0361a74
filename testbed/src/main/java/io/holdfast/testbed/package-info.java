/**
 * Real database servers for tests: a test asks for one and gets it, on every machine that can build
 * Holdfast.
 *
 * <p>{@link io.holdfast.testbed.WithPostgres}, {@link io.holdfast.testbed.WithMariaDb}, {@link
 * io.holdfast.testbed.WithMySql} and {@link io.holdfast.testbed.WithEtcd} inject a server that all
 * tests of the JVM share. {@code start()} of {@link io.holdfast.testbed.Postgres}, {@link
 * io.holdfast.testbed.MariaDb}, {@link io.holdfast.testbed.MySql}, {@link
 * io.holdfast.testbed.Etcd}, {@link io.holdfast.testbed.PostgresPair} and {@link
 * io.holdfast.testbed.EtcdCluster} starts one that a test may kill, freeze and restart. {@link
 * io.holdfast.testbed.FaultProxy} stands between a client and a server and harms their connections.
 *
 * <p>Servers listen on 127.0.0.1 only, write durably, keep their logs in {@code target/testbed} and
 * end with the JVM, also when that is killed. A server that cannot be started is a failure that
 * tells what was tried, never a skipped test.
 */
package io.holdfast.testbed;
