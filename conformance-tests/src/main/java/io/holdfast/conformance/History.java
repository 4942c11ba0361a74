package io.holdfast.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Opens the store of a test with a short history, so that trimming can be provoked. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface History {
  /** How many commits the history keeps. */
  int commits();
}
