package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.Postgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A store whose rows can be changed behind its back, without a commit. */
interface CorruptSite extends AutoCloseable {
  Store store();

  /** Puts a row as given, versions too. */
  void tamper(KeyValue row);

  void remove(Key key);

  /** Whether the store itself notices, and says that it has diverged. */
  default boolean tellsItself() {
    return false;
  }

  @Override
  void close();

  /** The store in memory, which lies about what it holds. */
  final class Memory implements CorruptSite {
    private final TestBackend backend = TestBackend.create();
    private final Store store = backend.store();
    private final Map<Key, Optional<KeyValue>> lies = new ConcurrentSkipListMap<>();

    Memory() {
      backend.lie = this::lie;
    }

    /** Words are on one page, which the ghosts belong to as well. */
    private Page lie(Page page) {
      Map<Key, KeyValue> entries = new TreeMap<>();
      page.entries().forEach(entry -> entries.put(entry.key(), entry));
      if (!entries.containsKey(Words.key(0))) {
        return page;
      }
      lies.forEach(
          (key, lie) -> {
            entries.remove(key);
            lie.ifPresent(row -> entries.put(key, row));
          });
      return page.rest().isPresent()
          ? Page.truncated(List.copyOf(entries.values()), page.position(), page.rest().get())
          : Page.last(List.copyOf(entries.values()), page.position());
    }

    @Override
    public Store store() {
      return store;
    }

    @Override
    public void tamper(KeyValue row) {
      lies.put(row.key(), Optional.of(row));
    }

    @Override
    public void remove(Key key) {
      lies.put(key, Optional.empty());
    }

    @Override
    public void close() {
      store.close();
    }
  }

  /** A database, tampered with by plain SQL. */
  final class Sql implements CorruptSite {
    /** Opens a connection past the store. */
    interface Connector {
      Connection connect() throws SQLException;
    }

    private final Store store;
    private final Connector connector;

    private Sql(StoreConfig place, Connector connector) {
      this.store = Store.open(place);
      this.connector = connector;
    }

    static Sql sqlite(Path file) {
      return new Sql(
          StoreConfig.of("sqlite:" + file),
          () -> DriverManager.getConnection("jdbc:sqlite:" + file + "?busy_timeout=10000"));
    }

    static Sql postgres(Postgres server) {
      Database database = server.freshDatabase();
      return of(Places.of("postgresql", database), database);
    }

    static Sql mariaDb(MariaDb server) {
      Database database = server.freshDatabase();
      return of(Places.of("mariadb", database), database);
    }

    static Sql mySql(MySql server) {
      Database database = server.freshDatabase();
      return of(Places.of("mysql", database), database);
    }

    private static Sql of(StoreConfig place, Database database) {
      return new Sql(place.withPassword(database.password()), database::connect);
    }

    @Override
    public Store store() {
      return store;
    }

    @Override
    public void tamper(KeyValue row) {
      execute("DELETE FROM holdfast_entries WHERE entry_key = ?", row.key().toBytes());
      int changed =
          execute(
              "INSERT INTO holdfast_entries (entry_key, entry_value, created, modified)"
                  + " VALUES (?, ?, ?, ?)",
              row.key().toBytes(),
              row.value(),
              row.created().number(),
              row.modified().number());
      assertEquals(1, changed);
    }

    @Override
    public void remove(Key key) {
      assertEquals(1, execute("DELETE FROM holdfast_entries WHERE entry_key = ?", key.toBytes()));
    }

    private int execute(String sql, Object... values) {
      try (Connection connection = connector.connect();
          PreparedStatement statement = connection.prepareStatement(sql)) {
        for (int i = 0; i < values.length; i++) {
          statement.setObject(i + 1, values[i]);
        }
        return statement.executeUpdate();
      } catch (SQLException e) {
        throw new AssertionError(sql, e);
      }
    }

    @Override
    public void close() {
      store.close();
    }
  }

  /**
   * Keys of etcd, written past the store. Versions are etcd's own business, so a row as given has
   * another one, which is the corruption that is wanted.
   */
  final class InEtcd implements CorruptSite {
    private final Store store;
    private final ManagedChannel channel;
    private final ByteString entries;

    InEtcd(Etcd server) {
      String prefix = server.freshPrefix();
      store = Store.open(Places.of(server, prefix));
      entries = ByteString.copyFromUtf8(prefix + "entry/");
      channel =
          NettyChannelBuilder.forAddress(server.endpoint().getHost(), server.endpoint().getPort())
              .usePlaintext()
              .build();
    }

    @Override
    public Store store() {
      return store;
    }

    private ByteString name(Key key) {
      return entries.concat(ByteString.copyFrom(key.toBytes()));
    }

    @Override
    public void tamper(KeyValue row) {
      ByteString value = ByteString.copyFrom(row.value());
      PutRequest put = PutRequest.newBuilder().setKey(name(row.key())).setValue(value).build();
      assertTrue(KVGrpc.newBlockingStub(channel).put(put).hasHeader());
    }

    @Override
    public void remove(Key key) {
      DeleteRangeRequest delete = DeleteRangeRequest.newBuilder().setKey(name(key)).build();
      assertEquals(1, KVGrpc.newBlockingStub(channel).deleteRange(delete).getDeleted());
    }

    /** Its watches tell what was put without a commit, so no pass is needed to find it. */
    @Override
    public boolean tellsItself() {
      return true;
    }

    @Override
    public void close() {
      channel.shutdownNow();
      store.close();
    }
  }
}
