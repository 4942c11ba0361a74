package io.holdfast.store.etcd;

/**
 * One store's part of one cluster.
 *
 * @param settings how it is used
 * @param members who answers
 * @param layout where things lie
 * @param known what was met lately
 * @param history the commits
 */
record Keyspace(
    EtcdSettings settings, Members members, Layout layout, Known known, History history) {
  static Keyspace of(EtcdSettings settings) {
    Members members = new Members(settings);
    Layout layout = new Layout(settings.prefix());
    Known known = new Known();
    return new Keyspace(settings, members, layout, known, new History(members, layout, known));
  }
}
