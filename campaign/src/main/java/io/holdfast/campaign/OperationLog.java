package io.holdfast.campaign;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The log of one client. What an operation is about to do is written before its commit is sent, how
 * it ended afterwards: so a killed client's last operation is known too.
 */
@SuppressWarnings("EnumOrdinal") // Logs are read by the version that wrote them.
final class OperationLog implements AutoCloseable {
  private final LogWriter out;

  OperationLog(Path file) {
    out = new LogWriter(file);
  }

  void begin(long id, Kind kind, long invoked, List<Read> reads, int[] writes) {
    Packed record = new Packed();
    record.put(0).put(id).put(kind.ordinal()).put(invoked).put(reads.size());
    for (Read read : reads) {
      record.put(read.sort().ordinal()).put(read.from()).put(read.to()).put(read.count());
      record.putAll(read.found());
    }
    record.putAll(Arrays.stream(writes).asLongStream().toArray());
    out.write(record);
  }

  void end(long completed, Outcome outcome, long revision, long token) {
    out.write(new Packed().put(1).put(completed).put(outcome.ordinal()).put(revision).put(token));
  }

  @Override
  public void close() {
    out.close();
  }

  /** All operations of a log, in their order. */
  static List<Operation> read(Path file) {
    List<Operation> operations = new ArrayList<>();
    try (LogFile log = new LogFile(file)) {
      for (Optional<Packed> begin = log.next(); begin.isPresent(); begin = log.next()) {
        operations.add(operation(begin.get(), log.next()));
      }
    }
    return operations;
  }

  private static Operation operation(Packed begin, Optional<Packed> end) {
    begin.get();
    long id = begin.get();
    Kind kind = Kind.values()[begin.getInt()];
    long invoked = begin.get();
    Read[] reads = new Read[begin.getInt()];
    for (int i = 0; i < reads.length; i++) {
      Read.Sort sort = Read.Sort.values()[begin.getInt()];
      reads[i] = new Read(sort, begin.getInt(), begin.getInt(), begin.getInt(), begin.getAll());
    }
    int[] writes = Arrays.stream(begin.getAll()).mapToInt(key -> (int) key).toArray();
    Packed answer = end.orElseGet(OperationLog::none); // whoever was killed has no answer
    answer.get();
    return new Operation(
        id,
        kind,
        invoked,
        answer.get(),
        List.of(reads),
        writes,
        Outcome.values()[answer.getInt()],
        answer.get(),
        answer.get());
  }

  private static Packed none() {
    byte[] framed =
        new Packed()
            .put(1)
            .put(Long.MAX_VALUE)
            .put(Outcome.KILLED.ordinal())
            .put(0)
            .put(0)
            .framed();
    return new Packed(Arrays.copyOfRange(framed, Integer.BYTES, framed.length));
  }
}
