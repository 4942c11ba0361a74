package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a campaign can be asked for. */
final class OptionsTest {
  private static Options clients(int clients) {
    return Options.parse(new String[] {"--clients", "" + clients});
  }

  @Test
  void asManyClientsAsCanBeToldApart() {
    int most = clients(256).clients();
    Set<Long> names = new HashSet<>();
    for (int process = 1; process <= 3; process++) {
      for (int client = 0; client < most; client++) {
        assertTrue(names.add(Operation.id(process, client, 1)), "client " + client);
      }
    }
    assertEquals(3 * 256, names.size());
    String error = assertThrows(IllegalArgumentException.class, () -> clients(257)).getMessage();
    assertTrue(error.contains("--clients 257") && error.contains("256"), error);
  }
}
