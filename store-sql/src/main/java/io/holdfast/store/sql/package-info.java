/**
 * A store in an SQL database. {@link io.holdfast.store.sql.SqlProvider} is the only public type;
 * use it through {@code Store.open("sqlite:PATH")}.
 *
 * <p>How it works: one counter row orders the commits, so revisions are dense and the order of
 * commits, of revisions and of visibility is one order. Commits of this process are merged into one
 * database transaction by whoever comes first ({@code CommitQueue}), proven one after the other
 * ({@code CommitBatch}) and written in bulk ({@code CommitWriter}). Each leaves a row with its
 * token and a row for every key it changed; a watch ({@code SqlWatch}) reads those behind the
 * position it has reached, and re-reads that position's token each time. A {@code Dialect} says
 * what differs between databases.
 */
package io.holdfast.store.sql;
