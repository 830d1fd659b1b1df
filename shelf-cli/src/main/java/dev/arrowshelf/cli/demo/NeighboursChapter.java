package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.demo.WorkerMessages.SearchAnswer;
import dev.arrowshelf.cli.demo.WorkerMessages.SearchRequest;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/// Points in the unit cube, put once; worker processes read them in place and find the ten nearest
/// neighbours of each point, exactly.
final class NeighboursChapter implements Chapter {
    private static final int NEIGHBOURS = 10;
    private static final int SAMPLES_PER_WORKER = 8;

    @Override
    public String title() {
        return "One table, many processes: the ten nearest neighbours of every point";
    }

    @Override
    public void tell(Stage stage) throws IOException {
        TableInfo table = put(stage);
        long startNanos = System.nanoTime();
        try (Crew crew = Crew.start(stage.directory(), stage.size().workers())) {
            long getNanos = crew.awaitReady();
            stage.say(
                    "processes",
                    Figures.counted(stage.size().workers(), "worker")
                            + " started in "
                            + Figures.time(System.nanoTime() - startNanos)
                            + " and mapped the table; a get takes "
                            + Figures.time(getNanos));
            SearchAnswer found = search(stage, crew, table);
            sayMemory(stage, crew, table);
            byte[] serialised = sayCopying(stage, crew, table);
            new Evolution(stage, crew, serialised).tell(found);
        }
    }

    private static TableInfo put(Stage stage) {
        int count = stage.size().points();
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot points =
                        RandomPoints.create(allocator, count, stage.size().seed())) {
            long begin = System.nanoTime();
            TableInfo table = stage.shelf().put(TablePoints.TABLE, points);
            stage.say(
                    "table",
                    Figures.grouped(table.rows())
                            + " x "
                            + table.columns()
                            + " points, "
                            + new ByteSize(table.bytes())
                            + ", put in "
                            + Figures.time(System.nanoTime() - begin));
            return table;
        }
    }

    private static SearchAnswer search(Stage stage, Crew crew, TableInfo table) throws IOException {
        int count = Math.toIntExact(table.rows());
        long begin = System.nanoTime();
        SearchAnswer found =
                crew.search(
                        count,
                        (from, to) -> new SearchRequest(from, to, NEIGHBOURS, SAMPLES_PER_WORKER));
        long nanos = System.nanoTime() - begin;
        if (found.distances() != (long) count * NEIGHBOURS || found.mismatches() > 0) {
            throw new ShelfException(
                    ErrorCode.INTERNAL,
                    "neighbours are wrong: points=" + count + ", found=" + found);
        }
        stage.say(
                "exact 10 nearest neighbours",
                Figures.time(nanos)
                        + ", "
                        + Figures.grouped((long) (count / (nanos / 1e9)))
                        + " points/s");
        stage.say("", found.samples() + " points compared with a look at every point: equal");
        stage.say("mean distance", Figures.decimal(found.sum() / found.distances(), 6));
        if (count == DemoSize.DEFAULT.points()) {
            stage.say("", "expected for this many points in the unit cube: 0.0223");
            stage.say("", "(the 210.789 published for this program is a mean over row labels)");
        }
        return found;
    }

    private static void sayMemory(Stage stage, Crew crew, TableInfo table) throws IOException {
        long shared = crew.proportionalBytes(stage.directory().resolve("segments"));
        stage.say(
                "memory of all workers",
                new ByteSize(shared)
                        + " = "
                        + Figures.decimal((double) shared / table.bytes(), 2)
                        + " copies (sum of PSS)");
    }

    /// Does what a program without shared memory does: serialises the table, sends it to each
    /// worker, which loads its own copy. Returns the bytes.
    private static byte[] sayCopying(Stage stage, Crew crew, TableInfo table) throws IOException {
        long begin = System.nanoTime();
        byte[] serialised = serialise(stage);
        List<Long> rows = crew.sendToAll(serialised);
        long nanos = System.nanoTime() - begin;
        if (rows.stream().anyMatch(count -> count != table.rows())) {
            throw new ShelfException(
                    ErrorCode.INTERNAL,
                    "copies are wrong: rows=" + rows + ", wanted=" + table.rows());
        }
        stage.say(
                "by copying instead",
                Figures.time(nanos)
                        + " to serialise and send, "
                        + new ByteSize((long) serialised.length * rows.size())
                        + " = "
                        + Figures.decimal((double) rows.size(), 2)
                        + " copies");
        return serialised;
    }

    private static byte[] serialise(Stage stage) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ShelfTable table = stage.shelf().get(TablePoints.TABLE);
                ArrowReader reader = table.reader();
                ArrowStreamWriter writer =
                        new ArrowStreamWriter(reader.getVectorSchemaRoot(), reader, bytes)) {
            while (reader.loadNextBatch()) {
                writer.writeBatch();
            }
        }
        return bytes.toByteArray();
    }
}
