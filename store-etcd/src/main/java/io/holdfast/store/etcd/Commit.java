package io.holdfast.store.etcd;

import io.holdfast.store.Event;
import io.holdfast.store.Position;
import java.util.List;

/**
 * One commit as a watch sees it.
 *
 * @param previous the commit before
 * @param guard this one
 * @param events what it changed, by key
 * @param bytes about how much memory that takes
 */
record Commit(Position previous, Guard guard, List<Event> events, long bytes) {}
