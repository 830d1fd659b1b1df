package dev.arrowshelf.store.table;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/// A caller's hold on a mapped table: one count of it. All that a get allocates.
final class TableHandle implements ShelfTable {
    private static final VarHandle CLOSED;

    static {
        try {
            CLOSED =
                    MethodHandles.lookup()
                            .findVarHandle(TableHandle.class, "closed", boolean.class);
        } catch (ReflectiveOperationException missing) {
            throw new ExceptionInInitializerError(missing);
        }
    }

    private final TableSpace space;
    private final CachedTable cached;

    /// Set once, by whoever closes first.
    private volatile boolean closed;

    /// Takes over one count of the table.
    TableHandle(TableSpace space, CachedTable cached) {
        this.space = space;
        this.cached = cached;
    }

    @Override
    public String name() {
        return cached.table().name();
    }

    @Override
    public long generation() {
        return cached.table().slot().generation();
    }

    @Override
    public Schema schema() {
        return open().schema();
    }

    @Override
    public long rowCount() {
        return cached.table().slot().figures().rows();
    }

    @Override
    public long byteSize() {
        return cached.table().slot().figures().bytes();
    }

    @Override
    public int partitionCount() {
        return cached.table().partitionCount();
    }

    @Override
    public int spilledPartitions() {
        return cached.table().slot().location().spilled();
    }

    @Override
    public TableInfo info() {
        return cached.table().info();
    }

    @Override
    public ArrowReader reader(TableSlice slice) {
        return reader(slice, space.allocator());
    }

    @Override
    public ArrowReader reader(TableSlice slice, BufferAllocator allocator) {
        MappedTable table = open();
        if (!table.retain()) {
            throw closedException();
        }
        try {
            return new TableReader(table, slice, allocator, space.allValid());
        } catch (Throwable failure) {
            table.release();
            throw failure;
        }
    }

    @Override
    public void exportTo(ArrowArrayStream stream, TableSlice slice) {
        ArrowReader reader = reader(slice);
        try {
            Data.exportArrayStream(space.allocator(), reader, stream);
        } catch (Throwable failure) {
            try (reader) {
                throw failure;
            } catch (IOException closing) {
                failure.addSuppressed(closing);
                throw failure;
            }
        }
    }

    StoredMessages messages(int partition) {
        return open().messages(partition);
    }

    StoredMessages outline(int partition) {
        return open().outline(partition);
    }

    MemorySegment bytes(int partition) {
        return open().bytes(partition);
    }

    @Override
    public void close() {
        if (CLOSED.compareAndSet(this, false, true)) {
            space.closed(cached);
        }
    }

    private MappedTable open() {
        if (closed) {
            throw closedException();
        }
        return cached.table();
    }

    private ShelfException closedException() {
        return new ShelfException(ErrorCode.CLOSED, "table is closed: name=" + name());
    }
}
