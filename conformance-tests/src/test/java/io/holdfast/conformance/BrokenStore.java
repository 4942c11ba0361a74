package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A store with one deliberate fault, over the memory store.
 *
 * @param name what the fault is called where it happened
 * @param rule the rule that it breaks
 * @param faults opens a handle; a new one for each set of data, so that handles can share a fault
 */
record BrokenStore(String name, String rule, Supplier<Fault> faults) {
  /** Opens a handle with the fault in it. */
  interface Fault {
    Backend open(MemoryHarness data, StoreConfig place);
  }

  /** A fault that needs nothing but the handle. */
  static BrokenStore of(String name, String rule, UnaryOperator<Backend> fault) {
    return shared(name, rule, () -> fault);
  }

  /** A fault that handles on the same data share. */
  static BrokenStore shared(String name, String rule, Supplier<UnaryOperator<Backend>> faults) {
    return new BrokenStore(
        name,
        rule,
        () -> {
          UnaryOperator<Backend> fault = faults.get();
          return (data, place) -> fault.apply(new SmallBackend(data.open(place)));
        });
  }

  StoreHarness harness() {
    MemoryHarness data = new MemoryHarness();
    Fault fault = faults.get();
    return new StoreHarness() {
      @Override
      public StoreConfig place() {
        return data.place();
      }

      @Override
      public Backend open(StoreConfig place) {
        return fault.open(data, place);
      }

      @Override
      public void save() {
        data.save();
      }

      @Override
      public void restore() {
        data.restore();
      }

      @Override
      public void close() {
        data.close();
      }
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
