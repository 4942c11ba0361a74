package io.holdfast.store;

import java.util.Objects;

/**
 * The root of everything a store throws for reasons of its own; unchecked.
 *
 * <p>Wrong arguments are {@link IllegalArgumentException}, wrong use (a transaction after its end)
 * {@link IllegalStateException}. No message holds a password or a value.
 */
public abstract sealed class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Somebody else changed what this transaction relied on. Nothing was written; try again. */
  public static final class Conflict extends StoreException {
    private static final long serialVersionUID = 1;
    private final long waitFor;

    /** A conflict that is past once a reader sees the revision {@code waitFor}. */
    public Conflict(String message, Revision waitFor) {
      super(message, null);
      this.waitFor = waitFor.number();
    }

    /** The revision that a retry must have read to see what it collided with. */
    public Revision waitFor() {
      return new Revision(waitFor);
    }
  }

  /** It could not be found out whether the commit happened. Read before writing again. */
  public static final class UnknownOutcome extends StoreException {
    private static final long serialVersionUID = 1;

    /** An unknown outcome with its cause. */
    public UnknownOutcome(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The history no longer reaches back to the position asked for. Load anew. */
  public static final class TooOld extends StoreException {
    private static final long serialVersionUID = 1;
    private final long oldest;

    /** A position before {@code oldest}, the oldest revision a watch can resume from. */
    public TooOld(String message, Revision oldest) {
      super(message, null);
      this.oldest = oldest.number();
    }

    /** The oldest revision a watch can resume from. */
    public Revision oldest() {
      return new Revision(oldest);
    }
  }

  /** The store's history is not the one that was followed: restored, forked, or another store. */
  public static final class Diverged extends StoreException {
    private static final long serialVersionUID = 1;

    /** A divergence, told with the position that was presented and what was found. */
    public Diverged(String message) {
      super(message, null);
    }
  }

  /** The store or the watch was closed. */
  public static final class Closed extends StoreException {
    private static final long serialVersionUID = 1;

    /** Says what was closed. */
    public Closed(String message) {
      super(message, null);
    }
  }

  /** A key, a value or a transaction is larger than the store takes. Nothing was sent. */
  public static final class LimitExceeded extends StoreException {
    private static final long serialVersionUID = 1;

    /** Says what was too large and what the bound is. */
    public LimitExceeded(String message) {
      super(message, null);
    }
  }

  /** The call did not finish before its deadline; a commit that says so did not happen. */
  public static final class Timeout extends StoreException {
    private static final long serialVersionUID = 1;

    /** Says which call gave up. */
    public Timeout(String message) {
      super(message, null);
    }

    /** Says which call gave up, and why it was waiting. */
    public Timeout(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The thread was interrupted while it waited; its interrupt flag is set again. */
  public static final class Interrupted extends StoreException {
    private static final long serialVersionUID = 1;

    /** Says what was interrupted, and sets the thread's interrupt flag. */
    public Interrupted(String message) {
      super(message, null);
      Thread.currentThread().interrupt();
    }
  }

  /** The store does not answer or refuses for now; a later attempt may succeed. */
  public static final class Unavailable extends StoreException {
    private static final long serialVersionUID = 1;

    /** Says which store, what happened and what to do. */
    public Unavailable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The store cannot be used before somebody mends something. */
  public static final class Unusable extends StoreException {
    private static final long serialVersionUID = 1;
    private final Reason reason;

    /** Says which store, what is wrong and what to do. */
    public Unusable(Reason reason, String message, Throwable cause) {
      super(message, cause);
      this.reason = Objects.requireNonNull(reason, "reason");
    }

    /** What has to be mended. */
    public Reason reason() {
      return reason;
    }
  }

  /** Why a store is {@link Unusable}. */
  public enum Reason {
    /** The URL is wrong: unknown scheme or option, a bad value. */
    URL,
    /** Several providers, on the class path or in plugins, open URLs of this scheme. */
    SEVERAL_PROVIDERS,
    /** A plugin, or the folder of plugins, cannot be loaded. */
    PLUGIN,
    /** The file, folder or database is not there and is not created. */
    NOT_FOUND,
    /** There is something else at that place. */
    NOT_A_STORE,
    /** A newer version wrote it in a form that this version does not know. */
    NEWER_FORMAT,
    /** It cannot be written. */
    READ_ONLY,
    /** No room is left. */
    FULL,
    /** The data contradict themselves. */
    DAMAGED,
    /** A load into it was begun and never finished. */
    INCOMPLETE,
    /** Wrong credentials or missing rights. */
    ACCESS_DENIED
  }
}
