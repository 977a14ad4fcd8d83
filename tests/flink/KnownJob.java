import java.io.File;
import java.io.FileWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.util.Collector;

/**
 * A job with a known load and a known capacity, which counts each record in keyed state.
 *
 * <p>The records that have arrived are a function of the time and of a trace, so that the source can be replayed and its lag is
 * exact. Record n is number n / partitions of partition n % partitions. The task `work` needs 1/capacity seconds for a record in
 * each subtask. The options are the property group `job` of the application, in real time; see {@link Options}.
 */
public class KnownJob {

    public static void main(String[] arguments) throws Exception {
        Options options = new Options();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setMaxParallelism(128);
        if (environment.getParallelism() > options.failsAbove) {
            throw new IllegalStateException("parallelism " + environment.getParallelism() + " is above " + options.failsAbove);
        }
        SingleOutputStreamOperator<Long> worked = environment
                .fromSource(new Arrivals(options), WatermarkStrategy.noWatermarks(), "arrivals", TypeInformation.of(new TypeHint<Tuple3<Long, Long, byte[]>>() {}))
                .uid("arrivals")
                .keyBy(record -> options.key(record.f0))
                .process(new Work(options)).uid("work").name("work");
        if (options.sinkRate > 0) {
            // A task of its own: the slow sink back-pressures the work, and does not make it busy.
            worked = worked.map(new SlowDelivery(options.sinkRate)).uid("delivery").name("delivery").disableChaining();
        }
        worked.sinkTo(new DiscardingSink<>()).uid("sink").name("sink");
        environment.execute("known");
    }

    static class Options implements Serializable {
        private final Map<String, String> given = new HashMap<>();

        /** A CSV file with the columns `seconds,records_per_second`, as `kpu simulate` reads it. */
        final String trace = text("trace", "");
        /** The number of seconds of the trace that pass in a second. */
        final double speed = number("speed", 1);
        final int partitions = (int) number("partitions", 24);
        final int recordBytes = (int) number("recordBytes", 500);
        final int keys = (int) number("keys", 1024);
        /** The share of the records with key 0. */
        final double hot = number("hot", 0);
        /** The ballast in the state of each key. */
        final int stateBytes = (int) number("stateBytes", 8);
        /** The records per second of one subtask, and the share of the time in which it uses the CPU. */
        final double capacity = number("capacity", 1000);
        final double burn = number("burn", 0);
        /** The records per second of the sink at any parallelism; 0 for no limit. */
        final double sinkRate = number("sinkRate", 0);
        /** The largest parallelism at which the job starts. */
        final int failsAbove = (int) number("failsAbove", Integer.MAX_VALUE);
        /** The second of the trace from which the job fails again and again, and how long it runs each time. */
        final double crashFrom = number("crashFrom", Double.MAX_VALUE);
        final long crashAfterMs = (long) number("crashAfterMs", 3000);
        /** The folder for journals and tallies. Its file `start` has the start of the trace in epoch milliseconds; `audit` requests the tallies. */
        final String folder = text("folder", ".");

        private String text(String name, String otherwise) {
            if (given.isEmpty()) {
                given.put("", "");
                // On MSF the path of this file is fixed.
                try {
                    for (JsonNode group : new ObjectMapper().readTree(new File(System.getProperty("application.properties")))) {
                        group.get("PropertyMap").fields().forEachRemaining(each -> given.put(each.getKey(), each.getValue().asText()));
                    }
                } catch (IOException error) {
                    throw new IllegalStateException("the properties of the application cannot be read", error);
                }
            }
            return given.getOrDefault(name, otherwise);
        }

        private double number(String name, double otherwise) {
            String text = text(name, null);
            return text == null ? otherwise : Double.parseDouble(text);
        }

        /** Returns the key of a record. `audit.py` computes the same keys. A negative number requests the tally of a key. */
        int key(long number) {
            if (number < 0) {
                return (int) (-1 - number);
            }
            long mixed = number * 0x9E3779B97F4A7C15L;
            return (mixed >>> 33) % 1000 < hot * 1000 ? 0 : (int) ((mixed >>> 13) % keys);
        }
    }

    /** The number of records that have arrived at a time: piecewise linear, and none before the file `start` exists. */
    static class Load implements Serializable {
        private static final int LOOK_FOR_START_MS = 100;
        private final String folder;
        private final double speed;
        private final List<double[]> rows = new ArrayList<>();
        private long start = Long.MAX_VALUE;
        private long sought;

        Load(Options options) throws IOException {
            folder = options.folder;
            speed = options.speed;
            double arrived = 0;
            for (String line : Files.readAllLines(Path.of(options.trace))) {
                if (line.startsWith("seconds")) {
                    continue;
                }
                double at = Double.parseDouble(line.split(",")[0]);
                double rate = Double.parseDouble(line.split(",")[1]);
                if (!rows.isEmpty()) {
                    double[] last = rows.get(rows.size() - 1);
                    arrived += last[1] * (at - last[0]);
                }
                rows.add(new double[] {at, rate, arrived});
            }
        }

        synchronized double seconds(long now) {
            if (start == Long.MAX_VALUE && now - sought > LOOK_FOR_START_MS) {
                sought = now;
                try {
                    start = Long.parseLong(Files.readString(Path.of(folder, "start")));
                } catch (IOException error) {
                    return -1;
                }
            }
            return start == Long.MAX_VALUE ? -1 : (now - start) / 1000.0 * speed;
        }

        double arrived(long now) {
            double seconds = seconds(now);
            double[] row = last(0, seconds);
            return row == null ? 0 : row[2] + row[1] * (seconds - row[0]);
        }

        /** Returns the time in epoch milliseconds at which this number of records had arrived. */
        long when(double arrived) {
            double[] row = last(2, arrived);
            double seconds = row[0] + (row[1] > 0 ? (arrived - row[2]) / row[1] : 0);
            return start + (long) (seconds / speed * 1000);
        }

        private double[] last(int column, double value) {
            int from = -1;
            int to = rows.size() - 1;
            while (from < to) {
                int middle = (from + to + 1) / 2;
                if (rows.get(middle)[column] <= value) {
                    from = middle;
                } else {
                    to = middle - 1;
                }
            }
            return from < 0 ? null : rows.get(from);
        }
    }

    /** A partition, the number of its records that were read, and the number of tallies that it has requested. */
    static class Partition implements SourceSplit, Serializable {
        final int id;
        long read;
        int audited;

        Partition(int id, long read, int audited) {
            this.id = id;
            this.read = read;
            this.audited = audited;
        }

        @Override
        public String splitId() {
            return "partition-" + id;
        }
    }

    static class PartitionSerializer implements SimpleVersionedSerializer<Partition> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Partition partition) {
            return ByteBuffer.allocate(16).putInt(partition.id).putLong(partition.read).putInt(partition.audited).array();
        }

        @Override
        public Partition deserialize(int version, byte[] bytes) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new Partition(buffer.getInt(), buffer.getLong(), buffer.getInt());
        }
    }

    static class FlagSerializer implements SimpleVersionedSerializer<Boolean> {
        @Override
        public int getVersion() {
            return 1;
        }

        @Override
        public byte[] serialize(Boolean flag) {
            return new byte[] {(byte) (flag ? 1 : 0)};
        }

        @Override
        public Boolean deserialize(int version, byte[] bytes) {
            return bytes[0] == 1;
        }
    }

    /** The source. A record is its number, the time of its arrival in epoch milliseconds, and its payload. */
    static class Arrivals implements Source<Tuple3<Long, Long, byte[]>, Partition, Boolean> {
        private final Options options;
        private final Load load;

        Arrivals(Options options) throws IOException {
            this.options = options;
            load = new Load(options);
        }

        @Override
        public Boundedness getBoundedness() {
            return Boundedness.CONTINUOUS_UNBOUNDED;
        }

        @Override
        public SourceReader<Tuple3<Long, Long, byte[]>, Partition> createReader(SourceReaderContext context) {
            return new Reader(options, load, context);
        }

        @Override
        public SplitEnumerator<Partition, Boolean> createEnumerator(SplitEnumeratorContext<Partition> context) {
            return new Assigner(context, options.partitions, false);
        }

        @Override
        public SplitEnumerator<Partition, Boolean> restoreEnumerator(SplitEnumeratorContext<Partition> context, Boolean assigned) {
            return new Assigner(context, options.partitions, assigned);
        }

        @Override
        public SimpleVersionedSerializer<Partition> getSplitSerializer() {
            return new PartitionSerializer();
        }

        @Override
        public SimpleVersionedSerializer<Boolean> getEnumeratorCheckpointSerializer() {
            return new FlagSerializer();
        }
    }

    /** Assigns all partitions when all readers are there. Later the state of the readers has them. */
    static class Assigner implements SplitEnumerator<Partition, Boolean> {
        private final SplitEnumeratorContext<Partition> context;
        private final int partitions;
        private final Map<Integer, List<Partition>> returned = new HashMap<>();
        private boolean assigned;

        Assigner(SplitEnumeratorContext<Partition> context, int partitions, boolean assigned) {
            this.context = context;
            this.partitions = partitions;
            this.assigned = assigned;
        }

        @Override
        public void addReader(int subtask) {
            List<Partition> again = returned.remove(subtask);
            if (again != null) {
                context.assignSplits(new SplitsAssignment<>(Map.of(subtask, again)));
            }
            int readers = context.currentParallelism();
            if (assigned || context.registeredReaders().size() < readers) {
                return;
            }
            Map<Integer, List<Partition>> all = new HashMap<>();
            for (int id = 0; id < partitions; id++) {
                all.computeIfAbsent(id % readers, each -> new ArrayList<>()).add(new Partition(id, 0, 0));
            }
            context.assignSplits(new SplitsAssignment<>(all));
            assigned = true;
        }

        @Override
        public void addSplitsBack(List<Partition> splits, int subtask) {
            returned.computeIfAbsent(subtask, each -> new ArrayList<>()).addAll(splits);
        }

        @Override
        public Boolean snapshotState(long checkpoint) {
            return assigned;
        }

        @Override
        public void start() {}

        @Override
        public void handleSplitRequest(int subtask, String host) {}

        @Override
        public void close() {}
    }

    static class Reader implements SourceReader<Tuple3<Long, Long, byte[]>, Partition> {
        private static final int POLL_MS = 5;
        private static final int LOOK_FOR_AUDIT_MS = 500;
        private static final ScheduledExecutorService CLOCK = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "poll");
            thread.setDaemon(true);
            return thread;
        });
        private final Options options;
        private final Load load;
        private final byte[] payload;
        // The gauges read it in another thread.
        private volatile List<Partition> partitions = List.of();
        private int next;
        private long auditSought;
        private boolean audit;

        Reader(Options options, Load load, SourceReaderContext context) {
            this.options = options;
            this.load = load;
            payload = new byte[options.recordBytes];
            context.metricGroup().setPendingRecordsGauge(this::pending);
            context.metricGroup().gauge("millisBehindLatest", (Gauge<Long>) this::behind);
        }

        private long arrived(Partition partition, long now) {
            return (long) ((load.arrived(now) + options.partitions - 1 - partition.id) / options.partitions);
        }

        private long number(Partition partition) {
            return partition.read * options.partitions + partition.id;
        }

        private long pending() {
            long now = System.currentTimeMillis();
            return partitions.stream().mapToLong(each -> Math.max(0, arrived(each, now) - each.read)).sum();
        }

        /** The age of the oldest record that was not read, as the connector for Kinesis defines it. */
        private long behind() {
            long now = System.currentTimeMillis();
            return partitions.stream().filter(each -> each.read < arrived(each, now)).mapToLong(each -> now - load.when(number(each))).max().orElse(0);
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Tuple3<Long, Long, byte[]>> output) {
            long now = System.currentTimeMillis();
            List<Partition> mine = partitions;
            for (int tried = 0; tried < mine.size(); tried++) {
                Partition partition = mine.get(next++ % mine.size());
                if (partition.read < arrived(partition, now)) {
                    long number = number(partition);
                    output.collect(Tuple3.of(number, load.when(number), payload));
                    partition.read++;
                    return InputStatus.MORE_AVAILABLE;
                }
            }
            if (now - auditSought > LOOK_FOR_AUDIT_MS) {
                audit = new File(options.folder, "audit").exists();
                auditSought = now;
            }
            if (audit) {
                mine.forEach(partition -> requestTallies(partition, output));
            }
            return InputStatus.NOTHING_AVAILABLE;
        }

        private void requestTallies(Partition partition, ReaderOutput<Tuple3<Long, Long, byte[]>> output) {
            for (int key; (key = partition.audited * options.partitions + partition.id) < options.keys; partition.audited++) {
                output.collect(Tuple3.of(-1L - key, 0L, new byte[0]));
            }
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            CompletableFuture<Void> later = new CompletableFuture<>();
            CLOCK.schedule(() -> later.complete(null), POLL_MS, TimeUnit.MILLISECONDS);
            return later;
        }

        @Override
        public List<Partition> snapshotState(long checkpoint) {
            List<Partition> copies = new ArrayList<>();
            partitions.forEach(each -> copies.add(new Partition(each.id, each.read, each.audited)));
            return copies;
        }

        @Override
        public void addSplits(List<Partition> splits) {
            List<Partition> all = new ArrayList<>(partitions);
            all.addAll(splits);
            partitions = all;
        }

        @Override
        public void start() {}

        @Override
        public void notifyNoMoreSplits() {}

        @Override
        public void close() {}
    }

    /** Needs a known time for each record, and counts it. The state of a key is count, sum, sum of squares (modulo 2^64) and ballast. */
    static class Work extends KeyedProcessFunction<Integer, Tuple3<Long, Long, byte[]>, Long> {
        private static final int JOURNAL_MS = 250;
        private final Options options;
        private final Pace pace;
        private final Load load;
        private transient ValueState<Tuple4<Long, Long, Long, byte[]>> tally;
        private transient PrintWriter journal;
        private transient PrintWriter tallies;
        private transient long opened;
        private transient long done;
        private transient long written;
        private transient volatile long age;

        Work(Options options) throws IOException {
            this.options = options;
            pace = new Pace(options.capacity, options.burn);
            load = new Load(options);
        }

        @Override
        public void open(OpenContext context) throws IOException {
            opened = System.currentTimeMillis();
            int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
            journal = file("journal", subtask);
            tallies = file("tallies", subtask);
            tally = getRuntimeContext().getState(new ValueStateDescriptor<>("tally", TypeInformation.of(new TypeHint<Tuple4<Long, Long, Long, byte[]>>() {})));
            getRuntimeContext().getMetricGroup().gauge("ageOfLastRecordMs", (Gauge<Long>) () -> age);
        }

        private PrintWriter file(String folder, int subtask) throws IOException {
            return new PrintWriter(new FileWriter(options.folder + "/" + folder + "/" + opened + "-" + subtask + ".csv"), true);
        }

        @Override
        public void processElement(Tuple3<Long, Long, byte[]> record, Context context, Collector<Long> output) throws Exception {
            Tuple4<Long, Long, Long, byte[]> known = tally.value();
            if (known == null) {
                known = Tuple4.of(0L, 0L, 0L, new byte[options.stateBytes]);
            }
            long number = record.f0;
            if (number < 0) {
                tallies.println(context.getCurrentKey() + "," + known.f0 + "," + known.f1 + "," + known.f2);
                return;
            }
            pace.spend();
            tally.update(Tuple4.of(known.f0 + 1, known.f1 + number, known.f2 + number * number, known.f3));
            long now = System.currentTimeMillis();
            age = now - record.f1;
            done++;
            if (now - written >= JOURNAL_MS) {
                journal.println(now + "," + done + "," + age);
                written = now;
            }
            if (load.seconds(now) >= options.crashFrom && now - opened > options.crashAfterMs) {
                throw new IllegalStateException("the crash that the option crashFrom requests");
            }
            output.collect(number);
        }

        @Override
        public void close() {
            if (journal != null) {
                journal.println(System.currentTimeMillis() + "," + done + "," + age);
                journal.close();
                tallies.close();
            }
        }
    }

    static class SlowDelivery extends RichMapFunction<Long, Long> {
        private final double rate;
        private transient Pace pace;

        SlowDelivery(double rate) {
            this.rate = rate;
        }

        @Override
        public void open(OpenContext context) {
            pace = new Pace(rate / getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks(), 0);
        }

        @Override
        public Long map(Long number) throws Exception {
            pace.spend();
            return number;
        }
    }

    /** Spends 1/rate seconds for each record, for a share of the time on the CPU and else asleep. */
    static class Pace implements Serializable {
        // A shorter sleep takes longer than asked.
        private static final long SHORTEST_SLEEP_NS = 2_000_000;
        private static final long LONGEST_CREDIT_NS = 20_000_000;
        private final double nanosEach;
        private final double burn;
        private long owed;

        Pace(double rate, double burn) {
            nanosEach = 1e9 / rate;
            this.burn = burn;
        }

        void spend() throws InterruptedException {
            owed += (long) nanosEach;
            if (owed < SHORTEST_SLEEP_NS) {
                return;
            }
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < owed * burn) {
                Thread.onSpinWait();
            }
            long rest = owed - (System.nanoTime() - begun);
            if (rest > 0) {
                TimeUnit.NANOSECONDS.sleep(rest);
            }
            owed = Math.max(owed - (System.nanoTime() - begun), -LONGEST_CREDIT_NS);
        }
    }
}
