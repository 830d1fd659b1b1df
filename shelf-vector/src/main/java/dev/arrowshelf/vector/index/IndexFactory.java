package dev.arrowshelf.vector.index;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.vector.graph.GraphBuilder;
import dev.arrowshelf.vector.ivf.IvfBuilder;
import dev.arrowshelf.vector.ivf.IvfIndex;
import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.near.Workers;
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
import java.time.InstantSource;
import java.util.List;
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
            IndexIdentity identity,
            IndexSettings settings,
            PointTable table,
            BuildProgress progress) {
        Arena arena = Arena.ofShared();
        try (IndexDraft draft = draft(identity, settings, table, progress)) {
            MemorySegment memory = arena.allocate(draft.writer().totalBytes(), BLOCK_BYTES);
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
            IndexSettings settings,
            PointTable table,
            IndexHost host,
            String name,
            BuildProgress progress) {
        try (IndexDraft draft = draft(identity, settings, table, progress)) {
            write(draft, identity, host, name, progress);
        }
    }

    private static void write(
            IndexDraft draft,
            IndexIdentity identity,
            IndexHost host,
            String name,
            BuildProgress progress) {
        long bytes = draft.writer().totalBytes();
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

    private IndexDraft draft(
            IndexIdentity identity,
            IndexSettings settings,
            PointTable table,
            BuildProgress progress) {
        Projection projection = Projection.ofIndex(identity.metric(), table);
        int dimensions = projection.dimensions();
        IndexLimits.check(identity, dimensions, table.count());
        BuildVectors points = BuildVectors.read(table, projection, workers, progress);
        IndexWriter writer =
                new IndexWriter(identity)
                        .section(
                                IndexSection.CENTRE,
                                (long) projection.centre().length * Double.BYTES);
        IndexShape shape =
                new IndexShape(
                        table.count(), points.count, points.skipped, dimensions, clock.millis());
        return switch (identity.kind()) {
            case KD_TREE -> tree(writer, shape, projection, points);
            case IVF -> lists(writer, shape, projection, points, settings, progress);
            case HNSW -> graph(writer, shape, projection, points, settings);
            case AUTO, EXACT ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "no such index to build: index=" + identity.kind().text());
        };
    }

    private IndexDraft tree(
            IndexWriter writer, IndexShape shape, Projection projection, BuildVectors points) {
        int dimensions = shape.dimensions();
        KdIndex.reserve(writer, points.count, dimensions);
        IndexDraft.Filling filling =
                (memory, progress) -> {
                    progress.begin("splitting", points.count);
                    KdTree tree =
                            new KdBuilder(
                                            points.values,
                                            points.rows,
                                            points.count,
                                            dimensions,
                                            progress)
                                    .build(
                                            workers,
                                            writer.slice(memory, IndexSection.POINTS),
                                            writer.slice(memory, IndexSection.ROWS));
                    KdIndex.writeNodes(tree, writer.slice(memory, IndexSection.NODES));
                    return IndexTuning.NONE;
                };
        return new IndexDraft(writer, shape, projection, filling, () -> {});
    }

    private IndexDraft lists(
            IndexWriter writer,
            IndexShape shape,
            Projection projection,
            BuildVectors points,
            IndexSettings settings,
            BuildProgress training) {
        IvfBuilder lists =
                new IvfBuilder(
                        points.values,
                        points.rows,
                        points.count,
                        shape.dimensions(),
                        settings,
                        Kernels.chosen(),
                        workers);
        try {
            training.begin("training", points.count);
            lists.train(training);
            lists.reserve(writer);
        } catch (RuntimeException failure) {
            lists.close();
            throw failure;
        }
        IndexDraft.Filling filling =
                (memory, progress) -> {
                    progress.begin("laying out", points.count);
                    IvfIndex index = lists.write(writer, memory, progress);
                    progress.begin("measuring", 1);
                    return new IndexTuning(
                            lists.lists(),
                            IvfBuilder.ROUNDS,
                            lists.storage(),
                            lists.measure(index, projection.queryDimensions(), progress));
                };
        return new IndexDraft(writer, shape, projection, filling, lists::close);
    }

    private IndexDraft graph(
            IndexWriter writer,
            IndexShape shape,
            Projection projection,
            BuildVectors points,
            IndexSettings settings) {
        GraphBuilder graph =
                new GraphBuilder(
                        points.values,
                        points.rows,
                        points.count,
                        shape.dimensions(),
                        settings.lists(),
                        Kernels.chosen(),
                        workers);
        graph.reserve(writer);
        IndexDraft.Filling filling =
                (memory, progress) -> {
                    progress.begin("linking", points.count);
                    return new IndexTuning(
                            graph.links(),
                            GraphBuilder.CANDIDATES,
                            Storage.FLOAT32,
                            graph.write(writer, memory, projection.queryDimensions(), progress));
                };
        return new IndexDraft(writer, shape, projection, filling, () -> {});
    }
}
