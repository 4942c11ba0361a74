package io.holdfast.campaign;

import io.holdfast.cache.MirrorState;
import java.util.function.Consumer;

/**
 * Notes what becomes of a mirror. One that was told that the store's history is another one loads
 * anew and goes on, so that nobody would see it in the end; but in a campaign nothing that was
 * followed is ever lost, so it is an accusation.
 */
final class MirrorNotes implements Consumer<MirrorState> {
  private final Notes notes;
  private long divergences;

  MirrorNotes(Notes notes) {
    this.notes = notes;
  }

  @Override
  public synchronized void accept(MirrorState state) {
    if (state.divergences() > divergences) {
      divergences = state.divergences();
      notes.accuse("the mirror was told of another history: " + state);
    } else {
      notes.tell("mirror " + state);
    }
  }
}
