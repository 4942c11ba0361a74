/**
 * Histories under faults: clients in several processes use one store while its server, its network
 * and they themselves are harmed; afterwards what they saw is checked to be one strict order.
 *
 * <p>A {@link io.holdfast.campaign.Campaign} starts {@link io.holdfast.campaign.Worker} processes,
 * each with {@link io.holdfast.campaign.Client clients}, {@link io.holdfast.campaign.Follower
 * watchers} and a mirror. Each writes what it did and saw to a log of its own; the {@link
 * io.holdfast.campaign.Checker} reads them all at the end.
 */
package io.holdfast.campaign;
