package io.holdfast.conformance;

import io.holdfast.store.Store;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives each test a fresh store, audits it afterwards, and explains failures by their rule. */
final class ConformanceExtension
    implements BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver,
        TestExecutionExceptionHandler {
  private static final Namespace NAMESPACE = Namespace.create(ConformanceExtension.class);

  @Override
  public void beforeEach(ExtensionContext context) {
    LiveThreads before = LiveThreads.now();
    context.getStore(NAMESPACE).put(LiveThreads.class, before);
    StoreContract contract = (StoreContract) context.getRequiredTestInstance();
    int historyCommits =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), History.class)
            .map(History::commits)
            .orElse(0);
    Fixture fixture = new Fixture(contract::harness, Settings.of(context), historyCommits);
    context.getStore(NAMESPACE).put(Fixture.class, fixture);
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Fixture fixture = context.getStore(NAMESPACE).get(Fixture.class, Fixture.class);
    if (fixture == null) {
      return; // the store could not be opened, which has been told
    }
    LiveThreads before = context.getStore(NAMESPACE).get(LiveThreads.class, LiveThreads.class);
    try {
      fixture.end();
      before.checkNoNew(fixture);
    } catch (RuntimeException | AssertionError e) {
      throw Explanation.of(context, "the audit after the test: ", e);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Store.class || type == Fixture.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Fixture fixture = context.getStore(NAMESPACE).get(Fixture.class, Fixture.class);
    return parameter.getParameter().getType() == Store.class ? fixture.store() : fixture;
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable thrown) {
    throw Explanation.of(context, "", thrown);
  }
}
