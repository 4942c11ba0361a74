package io.holdfast.testbed;

import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Hands the shared servers to tests. */
final class ServerParameters implements ParameterResolver {
  private static final Map<Class<?>, Supplier<?>> SHARED =
      Map.of(
          Postgres.class,
          Postgres::shared,
          MariaDb.class,
          MariaDb::shared,
          MySql.class,
          MySql::shared,
          Etcd.class,
          Etcd::shared);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return SHARED.containsKey(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return SHARED.get(parameter.getParameter().getType()).get();
  }
}
