package dev.arrowshelf.vector.index;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.vector.graph.GraphIndex;
import dev.arrowshelf.vector.ivf.IvfIndex;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.tree.KdIndex;
import dev.arrowshelf.vector.tree.KdTree;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.util.TransferPair;
import org.jspecify.annotations.Nullable;

/// An index of this process: mapped from the shelf, or in scratch memory of its own.
///
/// Thread rule: may be searched by several threads; counted, and let go of by the last. Memory
/// rule: owns the mapping or the arena until then.
public final class OpenIndex {
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final IndexBytes bytes;
    private final Projection projection;
    private final Runnable release;
    private final @Nullable KdTree tree;
    private final @Nullable IvfIndex lists;
    private final @Nullable GraphIndex graph;
    private int users = 1;

    private OpenIndex(IndexBytes bytes, Runnable release) {
        this.bytes = bytes;
        this.release = release;
        this.projection = projection(bytes);
        this.tree =
                switch (bytes.identity().kind()) {
                    case KD_TREE -> KdIndex.read(bytes);
                    case AUTO, EXACT, IVF, HNSW -> null;
                };
        this.lists = bytes.identity().kind() == IndexKind.IVF ? IvfIndex.read(bytes) : null;
        this.graph = bytes.identity().kind() == IndexKind.HNSW ? GraphIndex.read(bytes) : null;
    }

    /// Maps a stored index. Errors: `CORRUPT`; what reading a table throws.
    static OpenIndex map(ShelfTable table) {
        BufferAllocator allocator = new RootAllocator();
        FieldVector kept = null;
        try (ArrowReader reader = table.reader(TableSlice.ALL, allocator)) {
            if (!reader.loadNextBatch()
                    || !(reader.getVectorSchemaRoot().getFieldVectors().getFirst()
                            instanceof FixedSizeBinaryVector blocks)) {
                throw IndexBytes.damaged("it holds no blocks");
            }
            TransferPair move = blocks.getTransferPair(allocator);
            move.transfer();
            FieldVector mine = (FieldVector) move.getTo();
            kept = mine;
            long size = (long) mine.getValueCount() * blocks.getByteWidth();
            MemorySegment memory = ForeignMemory.at(mine.getDataBufferAddress(), size);
            return new OpenIndex(
                    IndexBytes.open(memory),
                    () -> {
                        mine.close();
                        allocator.close();
                    });
        } catch (IOException | RuntimeException failure) {
            if (kept != null) {
                kept.close();
            }
            closeQuietly(allocator, failure);
            throw failure instanceof RuntimeException unchecked
                    ? unchecked
                    : new ShelfException(
                            ErrorCode.IO, "index cannot be read: name=" + table.name(), failure);
        }
    }

    private static void closeQuietly(BufferAllocator allocator, Exception failure) {
        try {
            allocator.close();
        } catch (IllegalStateException open) {
            failure.addSuppressed(open);
        }
    }

    /// Takes over an index in scratch memory.
    static OpenIndex of(MemorySegment memory, Arena arena) {
        return new OpenIndex(IndexBytes.open(memory), arena::close);
    }

    private static Projection projection(IndexBytes bytes) {
        MemorySegment stored = bytes.section(IndexSection.CENTRE);
        double[] centre = stored.toArray(DOUBLE);
        try {
            return Projection.stored(bytes.identity().metric(), centre);
        } catch (ShelfException | IllegalArgumentException _) {
            throw IndexBytes.damaged("centre of " + centre.length + " coordinates");
        }
    }

    public IndexBytes bytes() {
        return bytes;
    }

    public Projection projection() {
        return projection;
    }

    /// Returns the k-d tree. Error: `CORRUPT` when the index is none.
    public KdTree tree() {
        KdTree present = tree;
        if (present == null) {
            throw IndexBytes.damaged("it is no k-d tree");
        }
        return present;
    }

    /// Returns the lists. Error: `CORRUPT` when the index has none.
    public IvfIndex lists() {
        IvfIndex present = lists;
        if (present == null) {
            throw IndexBytes.damaged("it has no lists");
        }
        return present;
    }

    /// Returns the graph. Error: `CORRUPT` when the index has none.
    public GraphIndex graph() {
        GraphIndex present = graph;
        if (present == null) {
            throw IndexBytes.damaged("it has no graph");
        }
        return present;
    }

    /// Counts another user; false when the last one has let go already.
    synchronized boolean retain() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    /// Lets go; the last user gives the memory back.
    public void release() {
        synchronized (this) {
            if (--users > 0) {
                return;
            }
        }
        release.run();
    }
}
