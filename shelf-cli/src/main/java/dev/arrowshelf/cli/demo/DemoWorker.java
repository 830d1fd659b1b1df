package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.demo.WorkerMessages.SearchAnswer;
import dev.arrowshelf.cli.demo.WorkerMessages.SearchRequest;
import dev.arrowshelf.cli.demo.WorkerMessages.WayRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/// A worker process of the demo, from its own side: maps the points of a shelf in place, then
/// answers what [WorkerMessages] says until its input ends. For one thread.
public final class DemoWorker {
    private static final int GETS = 4000;

    private final DataInputStream requests;
    private final DataOutputStream answers;
    private byte[] received = {};

    /// Takes the two ends of the pipe to the demo.
    public DemoWorker(InputStream requests, OutputStream answers) {
        this.requests = new DataInputStream(new BufferedInputStream(requests, 1 << 16));
        this.answers = new DataOutputStream(new BufferedOutputStream(answers));
    }

    /// Maps the points of a shelf directory and works until the input ends.
    public void run(Path directory) throws IOException {
        try (TableSpace space = TableSpace.open(directory);
                ShelfTable table = find(space);
                ArrowReader reader = table.reader()) {
            if (!reader.loadNextBatch()) {
                throw new ShelfException(
                        ErrorCode.INTERNAL, "table has no rows: table=" + TablePoints.TABLE);
            }
            Points points = TablePoints.of(reader.getVectorSchemaRoot());
            answers.writeInt(WorkerMessages.READY);
            answers.writeLong(medianGetNanos(space));
            answers.flush();
            try (WaySearch ways = new WaySearch(space)) {
                answerAll(points, ways);
            }
        }
    }

    private void answerAll(Points points, WaySearch ways) throws IOException {
        for (int request = requests.read(); request >= 0; request = requests.read()) {
            switch (request) {
                case WorkerMessages.SEARCH ->
                        search(points, SearchRequest.read(requests)).write(answers);
                case WorkerMessages.SEARCH_BY ->
                        ways.answer(WayRequest.read(requests), points, received).write(answers);
                case WorkerMessages.RECEIVE -> receive();
                default ->
                        throw new ShelfException(
                                ErrorCode.PROTOCOL, "unknown request: request=" + request);
            }
        }
    }

    /// How long a get takes in a process that has the table already: the name looked up, the
    /// table's handle given and taken back.
    private static long medianGetNanos(TableSpace space) {
        long[] nanos = new long[GETS];
        for (int round = 0; round < GETS; round++) {
            long begin = System.nanoTime();
            find(space).close();
            nanos[round] = System.nanoTime() - begin;
        }
        // The first half found the code cold.
        long[] warm = Arrays.copyOfRange(nanos, GETS / 2, GETS);
        Arrays.sort(warm);
        return warm[warm.length / 2];
    }

    private static ShelfTable find(TableSpace space) {
        ShelfTable table = space.find(TablePoints.TABLE);
        if (table == null) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND, "no such table: name=" + TablePoints.TABLE);
        }
        return table;
    }

    /// Sums the distances of the nearest points, and compares some rows, evenly spread, with a look
    /// at every other point.
    static SearchAnswer search(Points points, SearchRequest request) {
        NeighbourGrid grid = new NeighbourGrid(points);
        Nearest nearest = new Nearest(request.neighbours());
        int step = Math.max(1, (request.to() - request.from()) / Math.max(1, request.samples()));
        long distances = 0;
        double sum = 0;
        int samples = 0;
        int mismatches = 0;
        for (int row = request.from(); row < request.to(); row++) {
            grid.search(row, nearest);
            for (int place = 0; place < nearest.size(); place++) {
                sum += Math.sqrt(nearest.at(place));
            }
            distances += nearest.size();
            if (samples < request.samples() && (row - request.from()) % step == 0) {
                samples++;
                mismatches += isSameByBruteForce(points, row, nearest) ? 0 : 1;
            }
        }
        return new SearchAnswer(distances, sum, samples, mismatches);
    }

    private static boolean isSameByBruteForce(Points points, int row, Nearest found) {
        double x = points.x(row);
        double y = points.y(row);
        double z = points.z(row);
        Nearest nearest = new Nearest(found.size());
        for (int other = 0; other < points.count(); other++) {
            if (other != row) {
                nearest.offer(points.squaredDistance(other, x, y, z));
            }
        }
        for (int place = 0; place < found.size(); place++) {
            if (nearest.at(place) != found.at(place)) {
                return false;
            }
        }
        return found.size() > 0;
    }

    /// Takes a copy of the table as bytes and loads it, as a process without shared memory must.
    private void receive() throws IOException {
        received = new byte[requests.readInt()];
        requests.readFully(received);
        long rows = 0;
        try (BufferAllocator allocator = new RootAllocator();
                ArrowStreamReader reader =
                        new ArrowStreamReader(new ByteArrayInputStream(received), allocator)) {
            VectorSchemaRoot batch = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                rows += batch.getRowCount();
            }
        }
        answers.writeLong(rows);
        answers.flush();
    }
}
