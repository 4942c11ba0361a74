package io.holdfast.conformance;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.extension.ExtendWith;

/** What all parts of the kit have in common: they need a harness and are audited. */
@ExtendWith({ConformanceExtension.class, KitReport.class})
@DisplayNameGeneration(RuleNames.class)
interface StoreContract {
  /** New, empty data for one test; called at least once for each. */
  StoreHarness harness();
}
