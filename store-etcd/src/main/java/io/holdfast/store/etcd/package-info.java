/**
 * A store in etcd. {@link io.holdfast.store.etcd.EtcdProvider} is the only public type; use it
 * through {@code Store.open("etcd://HOST:2379/PREFIX")}.
 *
 * <p>How it works: revisions are etcd's. Every commit also puts one <em>guard</em> key, whose value
 * is the commit's token and who wrote it, and one <em>lane</em> key of the writer, on which a lost
 * answer is settled afterwards ({@code CommitWriter}). What a transaction read or expects travels
 * as compares ({@code Compares}); what does not fit, or failed, is proven exactly at one revision
 * ({@code Verdict}). Reads name the guard that they were made at. One watch over the prefix feeds
 * all watches of a handle ({@code Feed}); it is opened again behind the last commit that was
 * applied after every error ({@code CommitStream}), and each commit's guard has the version after
 * that of the one before, which proves that nothing is missing.
 */
package io.holdfast.store.etcd;
