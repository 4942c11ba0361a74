package io.holdfast.cache;

import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/** Another process that moves money, until it is killed. */
final class BankProcess {
  private BankProcess() {}

  static Process start(StoreConfig place, String password, int accounts) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(BankProcess.class.getName());
    command.addAll(List.of(place.toString(), password, Integer.toString(accounts)));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Ends when it is killed, or its parent goes. */
  public static void main(String[] arguments) throws IOException {
    StoreConfig place = StoreConfig.of(arguments[0]);
    if (!arguments[1].isEmpty()) {
      place = place.withPassword(arguments[1]);
    }
    try (Store store = open(place);
        Bank bank =
            Bank.attached(store, Integer.parseInt(arguments[2]), BankProcess::tell)
                .withWriters(2)) {
      int end = System.in.read();
      assert end < 0 : bank;
    }
  }

  /** As soon as the store is there; until then the process can only be killed. */
  private static Store open(StoreConfig place) {
    while (true) {
      try {
        return Store.open(place);
      } catch (StoreException.Unavailable | StoreException.Timeout e) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
    }
  }

  /** That the store is away for a while is what is meant to happen; anything else is said. */
  private static void tell(StoreException refusal) {
    boolean expected =
        refusal instanceof StoreException.Unavailable
            || refusal instanceof StoreException.Timeout
            || refusal instanceof StoreException.Conflict
            || refusal instanceof StoreException.UnknownOutcome;
    if (!expected) {
      LoggerFactory.getLogger(BankProcess.class).error("a writer was refused", refusal);
    }
  }
}
