package io.holdfast.conformance;

/**
 * The whole contract as tests: implement it in a test class, and JUnit runs every rule against the
 * store of its harness.
 */
public interface StoreConformance
    extends KeyContract,
        ReadContract,
        CommitContract,
        TransactionContract,
        WatchContract,
        ManyWatchesContract,
        HistoryContract,
        LifecycleContract,
        ModelContract,
        ConcurrencyContract {
  @Override
  StoreHarness harness();
}
