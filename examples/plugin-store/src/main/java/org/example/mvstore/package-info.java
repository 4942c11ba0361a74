/**
 * A store in one file of H2's MVStore: durable before it acknowledges, for one process at a time.
 *
 * <p>{@code MvStoreProvider} opens handles ({@code MvBackend}); {@code SharedFile} is the open file
 * behind all handles of a process, with the one thread that touches it; {@code Tables} is what
 * stands in the file: the data and the history.
 */
package org.example.mvstore;
