package io.holdfast.migrate;

import java.time.Duration;

/**
 * How to keep a store in step with a legacy database.
 *
 * @param from the source's URL
 * @param to the target's URL
 * @param source how to open the source
 * @param poll how long to wait between two looks at the events
 * @param compareEvery how long to wait between two full comparisons, about
 * @param reportEvery how long to wait between two reports of the lag
 * @param eventTimeout how long to wait for an event whose id is missing
 * @param lease how long another process that holds the store must be silent to be taken for dead
 * @param takeOver whether to take the store from whoever holds it, or from another source
 * @param untilInStep whether to end when a full comparison has found nothing
 */
record FollowPlan(
    String from,
    String to,
    SourceOptions source,
    Duration poll,
    Duration compareEvery,
    Duration reportEvery,
    Duration eventTimeout,
    Duration lease,
    boolean takeOver,
    boolean untilInStep) {}
