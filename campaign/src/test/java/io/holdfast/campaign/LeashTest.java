package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients stay near the record of the history, whichever process knows of what is ahead. */
final class LeashTest {
  @TempDir Path folder;

  @Test
  void whoIsTooFarAheadOfTheRecordWaitsForIt() {
    Leash recorder = new Leash(folder, 10);
    Leash client = new Leash(folder, 10);
    recorder.recorded(5);
    client.met(15);
    assertFalse(client.isTaut());
    client.met(16);
    client.met(7);
    assertTrue(client.isTaut());
    recorder.recorded(6);
    assertFalse(client.isTaut());
  }

  @Test
  void aHistoryThatIsTooShortForTheClientsIsRefused() {
    String[] asked = "--processes 4 --clients 16 --history 255".split(" ");
    assertThrows(IllegalArgumentException.class, () -> Options.parse(asked));
  }
}
