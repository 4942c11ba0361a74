package io.holdfast.migrate;

import io.holdfast.datastore.Replica;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Keeps a store in step with SPIRE's own, live datastore. */
@Command(
    name = "legacy",
    description = "Keeps a store in step with SPIRE's live datastore, until the switch.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class FollowLegacyCommand implements Callable<Integer> {
  private final Console console;
  private final Stores stores;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "JDBC_URL",
      description = {
        "The source, the database that SPIRE's servers use: jdbc:sqlite:FILE,",
        "jdbc:postgresql://HOST/DATABASE or jdbc:mysql://HOST/DATABASE. User and password are",
        "taken from HOLDFAST_FROM_USER and HOLDFAST_FROM_PASSWORD in the environment."
      })
  private String from;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "STORE_URL",
      description = "The store; filled first if it is empty or not there yet.")
  private String to;

  @Option(
      names = "--poll",
      defaultValue = "1s",
      paramLabel = "DURATION",
      converter = LegacyOptions.DurationConverter.class,
      description = "How long to wait between two looks at SPIRE's events: 1s by default.")
  private Duration poll;

  @Option(
      names = "--compare-every",
      defaultValue = "10m",
      paramLabel = "DURATION",
      converter = LegacyOptions.DurationConverter.class,
      description = {
        "How long to wait between two full comparisons, give or take a tenth: 10m by default.",
        "They bring what has no events, such as bundles, and mend what events missed."
      })
  private Duration compareEvery;

  @Option(
      names = "--report-every",
      defaultValue = "10s",
      paramLabel = "DURATION",
      converter = LegacyOptions.DurationConverter.class,
      description = "How long to wait between two reports of the lag: 10s by default.")
  private Duration reportEvery;

  @Option(
      names = "--event-timeout",
      defaultValue = "15m",
      paramLabel = "DURATION",
      converter = LegacyOptions.DurationConverter.class,
      description = "How long to look for events whose ids are missing: 15m by default.")
  private Duration eventTimeout;

  @Option(
      names = "--take-over",
      description = {
        "Take the store from a process that keeps it in step already, which then ends; also if",
        "the source had another name before."
      })
  private boolean takeOver;

  @Option(
      names = "--until-in-step",
      description = "End with 0 as soon as a full comparison has found no difference.")
  private boolean untilInStep;

  @Mixin private LegacyOptions legacy = new LegacyOptions();

  FollowLegacyCommand(Console console, Stores stores) {
    this.console = console;
    this.stores = stores;
  }

  @Override
  public Integer call() {
    FollowPlan plan =
        new FollowPlan(
            from,
            to,
            legacy.source(),
            poll,
            compareEvery,
            reportEvery,
            eventTimeout,
            Replica.LEASE,
            takeOver,
            untilInStep);
    FollowReports reports = new FollowReports(console, legacy.isJson());
    try (Stop stop = Stop.onSignal()) {
      new Follower(plan, console, reports, stores::open, stop).run();
      return ExitCode.OK.number();
    }
  }
}
