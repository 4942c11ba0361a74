package io.holdfast.cache;

import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

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
    try (Store store = Store.open(place);
        Bank bank = Bank.attached(store, Integer.parseInt(arguments[2])).withWriters(2)) {
      int end = System.in.read();
      assert end < 0 : bank;
    }
  }
}
