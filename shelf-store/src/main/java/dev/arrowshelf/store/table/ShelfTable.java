package dev.arrowshelf.store.table;

import dev.arrowshelf.store.model.TableInfo;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/// One generation of a table, open for reading. It never changes: deleting or replacing the table,
/// or the death of the shelf's owner, leaves an open handle and everything read through it as they
/// were.
///
/// Thread rule: a handle may be used by several threads; each reader it gives belongs to one thread
/// at a time.
///
/// Memory rule: on the same host vectors lie in the shared memory itself, nothing is copied. The
/// memory stays mapped until the handle, all its readers and all vectors (or C streams) that came
/// from it are closed, in any order; a vector that outlives its handle stays readable. Vectors are
/// read-only: writing into one ends the process.
///
/// Errors: `CLOSED` after [#close()]; `INVALID_ARGUMENT` for a slice that does not fit the schema;
/// `UNSUPPORTED_IPC` for what arrow-java has no vectors for; `CORRUPT` for a segment that is not
/// what its catalogue says.
public interface ShelfTable extends AutoCloseable {
    /// Returns the name the table was found under.
    String name();

    /// Returns the generation, a number that the shelf gives to no other table.
    long generation();

    /// Returns the schema as the producer declared it: a dictionary-encoded field has the type of
    /// its values.
    Schema schema();

    /// Returns the number of rows.
    long rowCount();

    /// Returns the bytes on the shelf.
    long byteSize();

    /// Returns the number of partitions.
    int partitionCount();

    /// Returns how many partitions lay on disk when the table was got.
    default int spilledPartitions() {
        return 0;
    }

    /// Returns the facts about the table.
    TableInfo info();

    /// Returns a reader of the whole table.
    default ArrowReader reader() {
        return reader(TableSlice.ALL);
    }

    /// Returns a reader of some columns and rows. Each of its batches is a record batch of the
    /// table, cut where the slice begins or ends; only partitions with such rows are touched, and
    /// only the buffers of these columns. Close the reader.
    ArrowReader reader(TableSlice slice);

    /// Returns a reader whose vectors are accounted to an allocator of the caller, so that they can
    /// be moved to other vectors of it. The mapped bytes count against that allocator's limit.
    ArrowReader reader(TableSlice slice, BufferAllocator allocator);

    /// Exports the whole table through the Arrow C stream interface.
    default void exportTo(ArrowArrayStream stream) {
        exportTo(stream, TableSlice.ALL);
    }

    /// Exports some columns and rows through the Arrow C stream interface; `stream` is filled in
    /// and owns what it reads until its consumer releases it, also after this handle is closed.
    void exportTo(ArrowArrayStream stream, TableSlice slice);

    /// Gives the handle back. Idempotent.
    @Override
    void close();
}
