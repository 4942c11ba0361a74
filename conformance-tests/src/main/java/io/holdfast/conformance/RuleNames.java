package io.holdfast.conformance;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.platform.commons.support.AnnotationSupport;

/** Puts the ids of the rules in front of the names of tests. */
final class RuleNames extends DisplayNameGenerator.Standard {
  @Override
  public String generateDisplayNameForMethod(
      List<Class<?>> enclosingInstanceTypes, Class<?> testClass, Method testMethod) {
    return AnnotationSupport.findAnnotation(testMethod, Rule.class)
        .map(rule -> String.join(" ", rule.value()) + " " + testMethod.getName())
        .orElse(testMethod.getName());
  }
}
