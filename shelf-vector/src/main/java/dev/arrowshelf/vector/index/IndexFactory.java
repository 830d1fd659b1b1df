package dev.arrowshelf.vector.index;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.vector.graph.GraphBuilder;
import dev.arrowshelf.vector.ivf.IvfBuilder;
import dev.arrowshelf.vector.ivf.IvfIndex;
import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointCursor;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexLimits;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexShape;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexWriter;
import dev.arrowshelf.vector.tree.KdBuilder;
import dev.arrowshelf.vector.tree.KdIndex;
import dev.arrowshelf.vector.tree.KdTree;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Builds indexes, in scratch memory or where they will lie on the shelf.
///
/// Thread rule: safe for several builds at once. Memory rule: a build holds the vectors on the heap
/// once, beside the index itself.
public final class IndexFactory {
    private static final int BLOCK_BYTES = 64;
    private static final int READ_VALUES = 1 << 16;
    private static final Schema SCHEMA =
            new Schema(
                    List.of(
                            Field.notNullable(
                                    "block", new ArrowType.FixedSizeBinary(BLOCK_BYTES))));

    private final Workers workers;
    private final InstantSource clock;

    public IndexFactory(Workers workers, InstantSource clock) {
        this.workers = workers;
        this.clock = clock;
    }

    /// Builds an index in scratch memory, which it owns.
    OpenIndex inScratch(
            IndexIdentity identity, int lists, PointTable table, BuildProgress progress) {
        Arena arena = Arena.ofShared();
        try (Draft draft = draft(identity, lists, table, progress)) {
            MemorySegment memory = arena.allocate(draft.writer.totalBytes(), BLOCK_BYTES);
            draft.write(memory, progress);
            return OpenIndex.of(memory, arena);
        } catch (RuntimeException failure) {
            arena.close();
            throw failure;
        }
    }

    /// Builds an index as a table of a host.
    void onShelf(
            IndexIdentity identity,
            int lists,
            PointTable table,
            IndexHost host,
            String name,
            BuildProgress progress) {
        try (Draft draft = draft(identity, lists, table, progress)) {
            write(draft, identity, host, name, progress);
        }
    }

    private static void write(
            Draft draft,
            IndexIdentity identity,
            IndexHost host,
            String name,
            BuildProgress progress) {
        long bytes = draft.writer.totalBytes();
        int blocks = Memory.arrayOf(bytes / BLOCK_BYTES, 1, "blocks of an index");
        try (TableBuilder builder = host.builder(name, SCHEMA, bytes)) {
            VectorSchemaRoot root = builder.root(blocks);
            FixedSizeBinaryVector vector = (FixedSizeBinaryVector) root.getVector(0);
            draft.write(ForeignMemory.at(vector.getDataBufferAddress(), bytes), progress);
            vector.setValueCount(blocks);
            root.setRowCount(blocks);
            progress.begin("sealing", 1);
            builder.seal();
        } catch (org.apache.arrow.memory.OutOfMemoryException full) {
            throw new ShelfException(
                    ErrorCode.OUT_OF_MEMORY,
                    "index does not fit on the shelf: table="
                            + identity.table()
                            + ", bytes="
                            + bytes,
                    full);
        }
    }

    private Draft draft(
            IndexIdentity identity, int wantedLists, PointTable table, BuildProgress progress) {
        Projection projection = Projection.ofIndex(identity.metric(), table);
        int dimensions = projection.dimensions();
        IndexLimits.check(identity, dimensions, table.count());
        Points points = read(table, projection, progress);
        IndexWriter writer =
                new IndexWriter(identity)
                        .section(
                                IndexSection.CENTRE,
                                (long) projection.centre().length * Double.BYTES);
        IndexShape shape =
                new IndexShape(
                        table.count(), points.count, points.skipped, dimensions, clock.millis());
        return switch (identity.kind()) {
            case KD_TREE -> {
                KdIndex.reserve(writer, points.count, dimensions);
                yield new TreeDraft(writer, shape, projection, points);
            }
            case IVF -> {
                IvfBuilder lists =
                        new IvfBuilder(
                                points.values,
                                points.rows,
                                points.count,
                                dimensions,
                                wantedLists,
                                Kernels.chosen(),
                                workers);
                try {
                    progress.begin("training", points.count);
                    lists.train(progress);
                    lists.reserve(writer);
                } catch (RuntimeException failure) {
                    lists.close();
                    throw failure;
                }
                yield new ListDraft(writer, shape, projection, points, lists);
            }
            case HNSW -> {
                GraphBuilder graph =
                        new GraphBuilder(
                                points.values,
                                points.rows,
                                points.count,
                                dimensions,
                                wantedLists,
                                Kernels.chosen(),
                                workers);
                graph.reserve(writer);
                yield new GraphDraft(writer, shape, projection, points, graph);
            }
            case AUTO, EXACT ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "no such index to build: index=" + identity.kind().text());
        };
    }

    /// Reads all rows that are vectors, by several threads into one array.
    private Points read(PointTable table, Projection projection, BuildProgress progress) {
        int dimensions = projection.dimensions();
        int total = Memory.arrayOf(table.count(), dimensions + 1L, "vectors of a build");
        float[] values = new float[total * dimensions];
        int[] rows = new int[total];
        int block = Math.max(64, READ_VALUES / dimensions);
        int[] kept = new int[(total + block - 1) / block];
        AtomicLong skipped = new AtomicLong();
        progress.begin("reading", total);
        workers.forBlocks(
                total,
                block,
                progress,
                () -> new PointCursor(table, projection, null),
                (cursor, from, to) -> {
                    long before = cursor.skipped();
                    int at = (int) from;
                    kept[at / block] =
                            cursor.read(from, (int) (to - from), values, at * dimensions, rows, at);
                    skipped.addAndGet(cursor.skipped() - before);
                });
        int count = 0;
        for (int number = 0; number < kept.length; number++) {
            int at = number * block;
            if (at != count) {
                System.arraycopy(
                        values,
                        at * dimensions,
                        values,
                        count * dimensions,
                        kept[number] * dimensions);
                System.arraycopy(rows, at, rows, count, kept[number]);
            }
            count += kept[number];
        }
        return new Points(values, rows, count, skipped.get());
    }

    /// The vectors of a table.
    private static final class Points {
        private final float[] values;
        private final int[] rows;
        private final int count;
        private final long skipped;

        Points(float[] values, int[] rows, int count, long skipped) {
            this.values = values;
            this.rows = rows;
            this.count = count;
            this.skipped = skipped;
        }
    }

    /// An index whose size is known and whose memory is not there yet. Closing it lets go of what
    /// the build needed.
    private abstract static sealed class Draft implements AutoCloseable {
        final IndexWriter writer;
        final IndexShape shape;
        final Points points;
        private final Projection projection;

        Draft(IndexWriter writer, IndexShape shape, Projection projection, Points points) {
            this.writer = writer;
            this.shape = shape;
            this.projection = projection;
            this.points = points;
        }

        final Projection projection() {
            return projection;
        }

        final void write(MemorySegment memory, BuildProgress progress) {
            double[] centre = projection.centre();
            MemorySegment.copy(
                    centre,
                    0,
                    writer.slice(memory, IndexSection.CENTRE),
                    ValueLayout.JAVA_DOUBLE_UNALIGNED,
                    0,
                    centre.length);
            writer.finish(memory, shape, fill(memory, progress));
        }

        /// Writes the kind's own sections and returns what was measured.
        abstract IndexTuning fill(MemorySegment memory, BuildProgress progress);

        @Override
        public void close() {}
    }

    private final class TreeDraft extends Draft {
        TreeDraft(IndexWriter writer, IndexShape shape, Projection projection, Points points) {
            super(writer, shape, projection, points);
        }

        @Override
        IndexTuning fill(MemorySegment memory, BuildProgress progress) {
            progress.begin("splitting", points.count);
            KdTree tree =
                    new KdBuilder(
                                    points.values,
                                    points.rows,
                                    points.count,
                                    shape.dimensions(),
                                    progress)
                            .build(
                                    workers,
                                    writer.slice(memory, IndexSection.POINTS),
                                    writer.slice(memory, IndexSection.ROWS));
            KdIndex.writeNodes(tree, writer.slice(memory, IndexSection.NODES));
            return IndexTuning.NONE;
        }
    }

    private static final class GraphDraft extends Draft {
        private final GraphBuilder graph;

        GraphDraft(
                IndexWriter writer,
                IndexShape shape,
                Projection projection,
                Points points,
                GraphBuilder graph) {
            super(writer, shape, projection, points);
            this.graph = graph;
        }

        @Override
        IndexTuning fill(MemorySegment memory, BuildProgress progress) {
            progress.begin("linking", points.count);
            return new IndexTuning(
                    graph.links(),
                    GraphBuilder.CANDIDATES,
                    graph.write(writer, memory, projection().queryDimensions(), progress));
        }
    }

    private static final class ListDraft extends Draft {
        private final IvfBuilder lists;

        ListDraft(
                IndexWriter writer,
                IndexShape shape,
                Projection projection,
                Points points,
                IvfBuilder lists) {
            super(writer, shape, projection, points);
            this.lists = lists;
        }

        @Override
        IndexTuning fill(MemorySegment memory, BuildProgress progress) {
            progress.begin("laying out", points.count);
            IvfIndex index = lists.write(writer, memory);
            progress.begin("measuring", 1);
            return new IndexTuning(
                    lists.lists(),
                    IvfBuilder.ROUNDS,
                    lists.measure(index, projection().queryDimensions()));
        }

        @Override
        public void close() {
            lists.close();
        }
    }
}
