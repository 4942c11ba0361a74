package io.holdfast.migrate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.NotVisibleYetException;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.util.Locale;
import java.util.Set;

/** Answers requests to SPIRE's data store, one after the other. */
final class SpireSession implements AutoCloseable {
  private static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
  private static final String RESET = "Reset";

  private final Store store;
  private final boolean forTestSuites;
  private Datastore datastore;
  private SpireOperations operations;
  private RowTokens rowTokens;

  /**
   * Opens one.
   *
   * @param forTestSuites whether the store may be emptied, and tokens of pages are numbers
   */
  SpireSession(Store store, boolean forTestSuites) {
    this.store = store;
    this.forTestSuites = forTestSuites;
    open();
  }

  private void open() {
    datastore = Datastore.builder(store).types(SpireTypes.all()).open();
    operations = new SpireOperations(datastore);
    rowTokens = new RowTokens(datastore, operations::run);
  }

  /** The answer to a line, as a line. */
  String answer(JsonLines.Line line) {
    JsonElement id = JsonNull.INSTANCE;
    JsonObject answer;
    try {
      JsonElement request = JsonText.parse(line.text());
      if (request.isJsonObject() && request.getAsJsonObject().has("id")) {
        id = request.getAsJsonObject().get("id");
      }
      answer = Json.field("ok", run(Args.of(request, Set.of("id", "op", "args"))));
    } catch (BadRequest e) {
      answer = error("InvalidArgument", e.getMessage());
    } catch (DatastoreException e) {
      answer = error(camelCase(e.code().name()), e.getMessage());
    } catch (StoreException e) {
      answer = error(codeOf(e), e.getMessage());
    } catch (NotVisibleYetException e) {
      answer = error("DeadlineExceeded", e.getMessage());
    } catch (RuntimeException e) {
      answer = error("Internal", e.toString());
    }
    JsonObject whole = Json.field("id", id);
    answer.entrySet().forEach(field -> whole.add(field.getKey(), field.getValue()));
    return GSON.toJson(whole);
  }

  private JsonObject run(Args request) {
    String op = request.text("op");
    JsonElement args = request.find("args").orElse(JsonNull.INSTANCE);
    if (!op.equals(RESET)) {
      return forTestSuites ? rowTokens.run(op, args) : operations.run(op, args);
    }
    Args.of(args, Set.of());
    if (!forTestSuites) {
      throw new BadRequest("Reset is served only with --allow-reset");
    }
    datastore.close();
    store.deletePaged(KeyRange.all());
    open();
    return new JsonObject();
  }

  private static JsonObject error(String code, String message) {
    JsonObject error = new JsonObject();
    error.addProperty("code", code);
    error.addProperty("message", message);
    return Json.field("error", error);
  }

  /** NOT_FOUND as NotFound. */
  private static String camelCase(String name) {
    StringBuilder camel = new StringBuilder();
    for (String word : name.split("_")) {
      camel.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return camel.toString();
  }

  private static String codeOf(StoreException failure) {
    if (failure instanceof StoreException.Timeout) {
      return "DeadlineExceeded";
    }
    if (failure instanceof StoreException.Conflict) {
      return "Aborted";
    }
    if (failure instanceof StoreException.LimitExceeded) {
      return "ResourceExhausted";
    }
    return failure instanceof StoreException.UnknownOutcome ? "Unknown" : "Unavailable";
  }

  @Override
  public void close() {
    datastore.close();
  }
}
