package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;

/** A request with the deadline of who waits for it. */
record Submission(CommitRequest request, Deadline deadline) {}
